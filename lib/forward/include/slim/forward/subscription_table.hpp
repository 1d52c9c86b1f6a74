/// Who subscribed what (docs/protocol/forwarding.md 4.1): routes, which forwarding reads without
/// locks, and records, which say why a route is there.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <slim/base/epoch.hpp>
#include <slim/base/random.hpp>
#include <slim/base/result.hpp>
#include <slim/forward/candidates.hpp>
#include <slim/name/name.hpp>
#include <slim/wire/generation.hpp>

namespace slim::forward {

/// A name that somebody subscribed, with its links. Opaque; stays valid for the writer until
/// collect() after its last subscription went.
struct Route;

/// Bounds on what peers can make the table hold. A link may hold 4096 ids of one name at most.
struct TableLimits {
  std::size_t subscriptions_per_link = 200'000;
  std::size_t subscriptions_total = 2'000'000;
};

enum class AddError : std::uint8_t { link_limit, total_limit };
enum class RemoveError : std::uint8_t {
  no_prefix,  ///< nothing is subscribed under the three parts
  no_id,      ///< nothing with this instance id
  no_record,  ///< not by this link with this subscription id
};

/// What a subscription means that a link has already: nothing new, as with ids, or one more that
/// has to be taken back by an Unsubscribe of its own, as releases 1.0 and 1.1 count.
enum class Repeats : bool { idempotent, counted };

/// Why a record exists, which decides whether it survives the loss of its link.
enum class RecordOrigin : bool {
  announced,  ///< the link subscribed it
  local,      ///< an application of this node set it as a route to the link
};

/// Thread: find() any, inside a guard of `epochs`; everything else one writer at a time.
/// Cost: find() is O(1) in names; a change costs the change, not the table.
class SubscriptionTable {
 public:
  SubscriptionTable(base::EpochDomain& epochs, TableLimits limits, base::Random& random);
  SubscriptionTable(const SubscriptionTable&) = delete;
  SubscriptionTable& operator=(const SubscriptionTable&) = delete;
  /// Precondition: no reader is left.
  ~SubscriptionTable();

  /// A concrete id matches itself only, the wildcard everything under the three parts
  /// (forwarding.md 5.2). Nothing crosses generations.
  [[nodiscard]] Candidates find(wire::Generation generation, const name::Hashes& hashes,
                                const name::InstanceId& id) const noexcept;

  /// The three parts behind hashes, as carried by `dialect`, of a name that is subscribed under
  /// them in any generation, or whose subscription was told by spell(). Parts that do not hash to
  /// these are not given: peers make both up. Thread: as find().
  [[nodiscard]] std::optional<std::array<std::string, 3>> parts_of(
      wire::Dialect dialect, const name::Hashes& hashes) const;
  /// Lets parts_of() find the name by the other hash function too, while it is subscribed.
  void spell(const Route& route);

  struct Added {
    const Route* route;
    /// Ids of the link's sessions before it was lost, which this one took the place of.
    std::vector<std::uint64_t> replaced;
  };
  /// Idempotent for a repeated subscription id. The strings of a prefix are those of its first
  /// subscription.
  [[nodiscard]] base::Result<Added, AddError> add(wire::Generation generation,
                                                  const name::Name& name, LinkRef link,
                                                  std::uint64_t subscription_id,
                                                  RecordOrigin origin,
                                                  Repeats repeats = Repeats::idempotent);

  /// One link's records of one name that went.
  struct Removed {
    const Route* route;
    LinkRef link;
    std::vector<std::uint64_t> subscription_ids;  ///< none: a repeat was taken back, no more
    bool last_own;                                ///< no link other than peers has it any more
  };
  /// With the leniency of forwarding.md 4.4: id 0 removes all of the link's records of the name,
  /// and a record with id 0 answers for an id that is not known.
  [[nodiscard]] base::Result<Removed, RemoveError> remove(wire::Generation generation,
                                                          const name::Name& name, LinkRef link,
                                                          std::uint64_t subscription_id);

  using OnRemoved = std::function<void(const Removed&)>;
  /// Removes up to `max` of a link's names; true when none is left.
  bool drop(LinkRef link, std::size_t max, const OnRemoved& on_removed);
  /// The link is up again: what it announced before counts as stale until it announces it anew.
  void begin_session(LinkRef link);
  /// Removes what stayed stale, looking at up to `max` names; true when all were looked at.
  bool drop_stale(LinkRef link, std::size_t max, const OnRemoved& on_removed);

  /// The route of exactly this name, or null.
  [[nodiscard]] const Route* route(wire::Generation generation, const name::Name& name) const;
  [[nodiscard]] bool holds(const Route& route, LinkRef link, std::uint64_t subscription_id) const;
  [[nodiscard]] name::Name name_of(const Route& route) const;
  [[nodiscard]] static wire::Generation generation_of(const Route& route) noexcept;
  /// Links that have the route, in the order of anycast's preference.
  [[nodiscard]] static std::vector<LinkRef> links_of(const Route& route);

  /// Walks over all records, while they change, for the list that a new peer gets. What is added
  /// during the walk may be left out.
  class Cursor;
  struct FreeCursor {
    void operator()(Cursor* cursor) const noexcept;
  };
  /// Must end before the table does.
  using CursorPtr = std::unique_ptr<Cursor, FreeCursor>;
  struct Holding {
    const Route* route;
    LinkRef link;
    std::vector<std::uint64_t> subscription_ids;
  };
  [[nodiscard]] CursorPtr walk();
  [[nodiscard]] std::optional<Holding> next(Cursor& cursor) const;

  /// Frees what readers have left behind. To be called now and then after changes.
  void collect();

  [[nodiscard]] std::size_t records() const noexcept;
  [[nodiscard]] std::size_t routes() const noexcept;
  [[nodiscard]] std::size_t prefixes() const noexcept;
  [[nodiscard]] std::size_t records_of(LinkRef link) const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace slim::forward
