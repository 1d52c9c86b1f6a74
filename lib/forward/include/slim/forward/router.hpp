/// The control side of forwarding (docs/protocol/forwarding.md 4 and 9): which links there are,
/// what they subscribed, what peers are told of it, and who gets which acknowledgement when.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <slim/base/clock.hpp>
#include <slim/base/epoch.hpp>
#include <slim/base/random.hpp>
#include <slim/forward/link_table.hpp>
#include <slim/forward/subscription_table.hpp>
#include <slim/forward/uplink_rules.hpp>
#include <slim/forward/uplink_set.hpp>
#include <slim/wire/control.hpp>

namespace slim::forward {

class IdAliases;

/// What the neighbour on a link is.
struct LinkTraits {
  wire::Generation generation = wire::Generation::d;
  /// How it is spoken to; of the generation above.
  wire::Dialect dialect = wire::Dialect::d;
  /// Repeated subscriptions are counted: releases 1.0 and 1.1, which send no Link.
  bool counts_repeats = false;
  /// Messages may be translated from and to this link. Without effect on peers and uplinks, so that
  /// nothing goes back translated to where it came from.
  bool translate = false;
  /// Present on uplinks.
  std::shared_ptr<const UplinkRules> uplink;
};

struct RouterOptions {
  TableLimits table;
  /// The three strings of a subscribed name together, in bytes; longer names are refused.
  std::size_t max_name_bytes = 4096;
  /// Replicas that all know each other (`peers:` is configured): what a peer tells is told to no
  /// other peer.
  bool full_mesh = false;
  /// Hop limit of what this node announces: 2 in a full mesh, 8 otherwise.
  std::uint32_t announcement_ttl = 8;
  /// How long to wait for a neighbour's acknowledgement.
  base::Duration ack_timeout = std::chrono::seconds(5);
  /// How often a subscription that an application sent on is repeated.
  unsigned resends = 3;
  /// Subscriptions that wait for peers at a time; more are acknowledged at once.
  std::size_t max_waiting_acks = 100'000;
  /// Control messages that wait for one link, in bytes; a link that lets more pile up is closed.
  std::size_t outbox_bytes = 8 * 1024 * 1024;
  /// Records of a lost link that are removed in one go, so that others get a turn.
  std::size_t cleanup_slice = 1000;
};

/// Thread: any, for all methods; they take a mutex, which publishing
/// does only for an application of this node that names a link.
class Router {
 public:
  /// Called without the mutex, from whichever thread caused it.
  class Port {
   public:
    Port() = default;
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    virtual ~Port() = default;
    /// Control messages wait for `link`: its worker is to drain() them.
    virtual void wake(LinkRef link) = 0;
    /// next_due() has become earlier.
    virtual void reschedule() = 0;
  };

  Router(RouterOptions options, const base::Clock& clock, base::Random& random,
         base::EpochDomain& epochs, Port& port);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  ~Router();

  // --- links ---

  /// A link that is not up yet; nullopt when there are too many.
  [[nodiscard]] std::optional<LinkRef> add_link(LinkType type, unsigned worker);
  /// The link takes traffic from now on. Peers get the list of names; a link of ours that was down
  /// gets back what was sent on over it, and what it announced earlier goes if it does not announce
  /// it again within ack_timeout. An uplink subscribes what is subscribed here.
  void link_up(LinkRef link, const LinkTraits& traits = {});
  /// A link of ours was lost and is being dialled again: its routes stay.
  void link_down(LinkRef link);
  /// The link ended. Its records go, in slices if they are many.
  void remove_link(LinkRef link);

  // --- messages ---

  struct Reply {
    /// To be sent on the arrival link now; acknowledgements that take time come through drain().
    std::optional<wire::SubscriptionAck> ack;
    /// For the application that sent it, if the arrival link is local.
    std::string error;
  };
  /// A checked Subscribe or Unsubscribe; `ttl` is what is left of its hops.
  [[nodiscard]] Reply subscription(LinkRef arrival, const wire::MessageView& view,
                                   base::ByteView bytes, std::uint32_t ttl);
  void acknowledged(LinkRef neighbour, const wire::SubscriptionAck& ack);

  enum class Drained : std::uint8_t {
    all,
    more,      ///< call again when the link has room
    overflow,  ///< the link did not take its messages: close it
    cycle,     ///< the uplink leads back to this node: close it for good
  };
  /// Moves whole messages of its generation for `link`, without header MAC, to the end of `out`, at
  /// least one and up to `max_bytes`.
  [[nodiscard]] Drained drain(LinkRef link, std::size_t max_bytes, std::vector<std::string>& out);

  // --- time ---

  [[nodiscard]] std::optional<base::Instant> next_due() const;
  void run_due();

  // --- what forwarding reads, without the mutex ---

  [[nodiscard]] const SubscriptionTable& table() const noexcept;
  [[nodiscard]] LinkTable& links() noexcept;
  [[nodiscard]] const LinkTable& links() const noexcept;
  /// Null when the generation has none. Inside an epoch guard.
  [[nodiscard]] const UplinkSet* uplinks(wire::Generation generation) const noexcept;
  /// Inside an epoch guard.
  [[nodiscard]] IdAliases& aliases() noexcept;
  [[nodiscard]] base::EpochDomain& epochs() noexcept;
  [[nodiscard]] const base::Clock& clock() const noexcept;

  struct Gateway {
    LinkRef link;            ///< none if there is no default gateway
    bool ambiguous = false;  ///< because there are several Edge links
  };
  /// Where a local application's message goes that matches nothing (forwarding.md 5.6).
  [[nodiscard]] Gateway gateway() const noexcept;
  void set_gateway_auto(bool on);
  /// The reason why `index` cannot be pinned, or empty.
  [[nodiscard]] std::string pin_gateway(std::uint32_t index);
  void unpin_gateway();
  /// The link with this index, if there is one.
  [[nodiscard]] LinkRef link_at(std::uint64_t index) const;

  struct Statistics {
    std::size_t links = 0;
    std::size_t records = 0;
    std::size_t routes = 0;
    std::size_t prefixes = 0;
    std::size_t waiting_acks = 0;
    /// Subscribe and Unsubscribe by the type of the link that they came from, what was done and
    /// what was refused.
    struct Changes {
      std::array<std::uint64_t, kLinkTypes> done{};
      std::array<std::uint64_t, kLinkTypes> refused{};
    };
    Changes subscribes;
    Changes unsubscribes;
  };
  [[nodiscard]] Statistics statistics() const;

  /// What a link has subscribed under one name.
  struct Subscription {
    name::Name name;
    wire::Generation generation = wire::Generation::d;
    LinkRef link;
    std::vector<std::uint64_t> ids;
  };
  struct Page {
    std::vector<Subscription> items;
    std::uint64_t next = 0;  ///< names the rest; 0 if there is none
  };
  /// The table from its beginning (`after` 0), or what follows the page whose `next` that was, at
  /// most `max` items and as many ids of each; what changes meanwhile may be missing. nullopt for
  /// a page that is not known: a few lists are kept, those begun last.
  [[nodiscard]] std::optional<Page> list(std::uint64_t after, std::size_t max);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace slim::forward
