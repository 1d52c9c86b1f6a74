/// What each peer was told of this node's names (docs/protocol/forwarding.md 9 and 16.7).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

#include <slim/forward/router.hpp>

#include "outboxes.hpp"

namespace slim::forward {

/// Own announcements and relays are separate records. A name of ours is announced to each peer
/// once, with one id, and withdrawn with that id when the last link that is no peer leaves it. What
/// one peer tells is relayed to the others under its id, unless the node is part of a full mesh,
/// and ends with the peer's Unsubscribe or with the peer. Thread: under the router's mutex.
class Peers {
 public:
  Peers(const RouterOptions& options, SubscriptionTable& table, Outboxes& outboxes,
        base::Random& random)
      : options_(options), table_(table), outboxes_(outboxes), random_(random) {}

  /// What was sent, to wait for its acknowledgements.
  struct Sent {
    LinkRef peer;
    std::uint64_t subscription_id;
  };
  using SentList = std::vector<Sent>;

  enum class Names : bool {
    all,       ///< also what other peers told, unless in a full mesh
    own_only,  ///< after a reconnect of ours
  };
  /// Starts the list for a peer that is up from now on; refill() writes it.
  void up(LinkRef peer, Names names);
  void down(LinkRef peer);
  /// The peer ended; its relays were ended through end_relay() with its records.
  void remove(LinkRef peer);
  /// Writes the next part of the list into the peer's outbox.
  void refill(LinkRef peer);
  /// Whether the list has parts that were not written.
  [[nodiscard]] bool listing(LinkRef peer) const;

  /// Tells all peers that were not told yet.
  [[nodiscard]] SentList announce(const Route& route, std::uint64_t subscription_id);
  /// Withdraws from all peers that were told.
  [[nodiscard]] SentList withdraw(const Route& route);
  /// Passes on what `origin`, a peer, subscribed. Nothing when that was passed on before.
  [[nodiscard]] SentList relay(LinkRef origin, const Route& route, std::uint64_t subscription_id,
                               std::uint32_t ttl);
  /// Ends relays of a peer's records that went. Nothing for those that were not relayed.
  [[nodiscard]] SentList end_relay(const SubscriptionTable::Removed& removed, std::uint32_t ttl);

  /// Whether a Subscribe that a peer sent comes from a loop: this node passed on the same name and
  /// id from another link that still has it (forwarding.md 9.3).
  [[nodiscard]] bool is_echo(const Route& route, std::uint64_t subscription_id,
                             LinkRef arrival) const;

 private:
  using Relay = std::pair<const Route*, std::uint64_t>;
  struct Peer {
    bool up = false;
    bool relays = false;
    /// By name the id that the peer knows it by.
    std::unordered_map<const Route*, std::uint64_t> told;
    /// What this peer subscribed and the others were told.
    std::set<Relay> relayed;
    SubscriptionTable::CursorPtr list;
  };
  void send(LinkRef peer, wire::Kind kind, const name::Name& name, std::uint64_t subscription_id,
            std::uint32_t ttl);
  void tell(LinkRef link, Peer& peer, const Route& route, std::uint64_t subscription_id);
  void list_one(LinkRef link, Peer& peer, const SubscriptionTable::Holding& holding);
  [[nodiscard]] std::uint64_t announced_id(std::uint64_t subscription_id);

  const RouterOptions& options_;
  SubscriptionTable& table_;
  Outboxes& outboxes_;
  base::Random& random_;
  std::map<LinkRef, Peer> peers_;
};

}  // namespace slim::forward
