/// What this node subscribes at the nodes that its uplinks lead to.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <slim/base/random.hpp>
#include <slim/forward/router.hpp>
#include <slim/forward/uplink_set.hpp>

#include "outboxes.hpp"

namespace slim::forward {

/// Each name that a link other than an uplink has subscribed is subscribed once over each uplink of
/// its generation, and withdrawn when the last such link leaves it. What came over one uplink is
/// told over no other.
///
/// Cycles: each uplink also subscribes a name of its own that nobody else can know. Nodes of this
/// kind pass it on over their uplinks whatever their rules say; where it comes back to its maker,
/// messages would too, and the uplink ends.
/// Thread: under the router's mutex, but for set().
class Uplinks {
 public:
  Uplinks(SubscriptionTable& table, Outboxes& outboxes, base::EpochDomain& epochs,
          base::Random& random)
      : table_(table), outboxes_(outboxes), epochs_(epochs), random_(random) {}
  ~Uplinks();

  [[nodiscard]] bool contains(LinkRef link) const { return uplinks_.contains(link); }
  /// The link is up, for the first time or again: the list of names follows through refill().
  void up(LinkRef link, const LinkTraits& traits);
  /// The link was lost and is being dialled again: nobody waits for it.
  void down(LinkRef link);
  void remove(LinkRef link);
  void refill(LinkRef link);
  [[nodiscard]] bool listing(LinkRef link) const;

  struct Sent {
    LinkRef uplink;
    std::uint64_t subscription_id;
  };
  /// What was sent and is acknowledged. Generations A and B, and C before 1.3, acknowledge nothing.
  using SentList = std::vector<Sent>;
  [[nodiscard]] SentList announce(const Route& route);
  SentList withdraw(const Route& route);

  /// The uplink whose own name this is, if it is one's: it leads back here.
  [[nodiscard]] LinkRef cycle(const name::Name& subscribed) const;

  /// For forwarding; null when the generation has none. Thread: any, inside an epoch guard.
  [[nodiscard]] const UplinkSet* set(wire::Generation generation) const noexcept {
    return sets_[static_cast<std::size_t>(generation)].load();
  }

 private:
  struct Uplink {
    bool is_up = false;
    LinkTraits traits;
    name::Name own_name;
    std::unordered_map<const Route*, std::uint64_t> told;
    SubscriptionTable::CursorPtr list;
  };
  std::uint64_t tell(LinkRef link, Uplink& uplink, const Route& route);
  void send(LinkRef link, const Uplink& uplink, wire::Kind kind, const name::Name& name,
            std::uint64_t subscription_id);
  [[nodiscard]] bool wants(const Uplink& uplink, const Route& route) const;
  void publish_set(wire::Generation generation);

  SubscriptionTable& table_;
  Outboxes& outboxes_;
  base::EpochDomain& epochs_;
  base::Random& random_;
  std::map<LinkRef, Uplink> uplinks_;
  std::array<std::atomic<const UplinkSet*>, 4> sets_{};
};

}  // namespace slim::forward
