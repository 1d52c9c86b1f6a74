#include "peers.hpp"

#include <algorithm>

namespace slim::forward {
namespace {

/// Names of a new peer's list that are written at a time.
constexpr std::size_t kListPart = 256;

}  // namespace

void Peers::up(LinkRef link, Names names) {
  Peer& peer = peers_[link];
  peer.up = true;
  peer.relays = names == Names::all && !options_.full_mesh;
  peer.told.clear();
  peer.list = table_.walk();
  outboxes_.wake(link);
}

void Peers::down(LinkRef link) {
  Peer& peer = peers_[link];
  peer.up = false;
  peer.told.clear();
  peer.list.reset();
}

void Peers::remove(LinkRef link) { peers_.erase(link); }

void Peers::refill(LinkRef link) {
  if (!listing(link)) return;
  Peer& peer = peers_[link];
  for (std::size_t i = 0; i < kListPart; ++i) {
    const auto holding = table_.next(*peer.list);
    if (!holding) {
      peer.list.reset();
      return;
    }
    list_one(link, peer, *holding);
  }
}

bool Peers::listing(LinkRef link) const {
  const auto found = peers_.find(link);
  return found != peers_.end() && found->second.list;
}

void Peers::list_one(LinkRef link, Peer& peer, const SubscriptionTable::Holding& holding) {
  if (SubscriptionTable::generation_of(*holding.route) != wire::Generation::d) return;
  if (holding.link.type() != LinkType::peer) {
    tell(link, peer, *holding.route, holding.subscription_ids.front());
    return;
  }
  if (holding.link == link || !peer.relays) return;
  for (const std::uint64_t id : holding.subscription_ids) {
    peers_[holding.link].relayed.insert({holding.route, id});
    send(link, wire::Kind::subscribe, table_.name_of(*holding.route), id,
         options_.announcement_ttl);
  }
}

std::uint64_t Peers::announced_id(std::uint64_t subscription_id) {
  // Replays after a reconnect have no id. Without one a peer would not acknowledge, and names that
  // return in a loop could not be told: an announcement always gets one.
  while (subscription_id == 0) subscription_id = random_.next_u64();
  return subscription_id;
}

void Peers::send(LinkRef peer, wire::Kind kind, const name::Name& name,
                 std::uint64_t subscription_id, std::uint32_t ttl) {
  outboxes_.put(peer, wire::encode_announcement(kind, name, subscription_id, ttl));
}

void Peers::tell(LinkRef link, Peer& peer, const Route& route, std::uint64_t subscription_id) {
  const auto [told, is_new] = peer.told.try_emplace(&route, subscription_id);
  if (!is_new) return;
  told->second = announced_id(subscription_id);
  send(link, wire::Kind::subscribe, table_.name_of(route), told->second, options_.announcement_ttl);
}

Peers::SentList Peers::announce(const Route& route, std::uint64_t subscription_id) {
  SentList sent;
  std::uint64_t id = subscription_id;
  for (auto& [link, peer] : peers_) {
    if (!peer.up || peer.told.contains(&route)) continue;
    id = announced_id(id);
    tell(link, peer, route, id);
    sent.push_back({link, id});
  }
  return sent;
}

Peers::SentList Peers::withdraw(const Route& route) {
  SentList sent;
  for (auto& [link, peer] : peers_) {
    const auto told = peer.told.find(&route);
    if (told == peer.told.end()) continue;
    send(link, wire::Kind::unsubscribe, table_.name_of(route), told->second,
         options_.announcement_ttl);
    sent.push_back({link, told->second});
    peer.told.erase(told);
  }
  return sent;
}

Peers::SentList Peers::relay(LinkRef origin, const Route& route, std::uint64_t subscription_id,
                             std::uint32_t ttl) {
  SentList sent;
  if (options_.full_mesh || !peers_[origin].relayed.insert({&route, subscription_id}).second) {
    return sent;
  }
  for (const auto& [link, peer] : peers_) {
    if (!peer.up || link == origin) continue;
    send(link, wire::Kind::subscribe, table_.name_of(route), subscription_id, ttl);
    sent.push_back({link, subscription_id});
  }
  return sent;
}

Peers::SentList Peers::end_relay(const SubscriptionTable::Removed& removed, std::uint32_t ttl) {
  SentList sent;
  const auto origin = peers_.find(removed.link);
  if (origin == peers_.end()) return sent;
  for (const std::uint64_t id : removed.subscription_ids) {
    if (origin->second.relayed.erase({removed.route, id}) == 0) continue;
    for (const auto& [link, peer] : peers_) {
      if (!peer.up || link == removed.link) continue;
      send(link, wire::Kind::unsubscribe, table_.name_of(*removed.route), id, ttl);
      sent.push_back({link, id});
    }
  }
  return sent;
}

bool Peers::is_echo(const Route& route, std::uint64_t subscription_id, LinkRef arrival) const {
  const bool announced = std::any_of(peers_.begin(), peers_.end(), [&](const auto& entry) {
    const auto told = entry.second.told.find(&route);
    return told != entry.second.told.end() && told->second == subscription_id;
  });
  for (const auto& [link, peer] : peers_) {
    if (link != arrival && peer.relayed.contains({&route, subscription_id})) return true;
  }
  if (!announced) return false;
  const auto links = SubscriptionTable::links_of(route);
  return std::any_of(links.begin(), links.end(), [&](LinkRef link) {
    // An id that announced_id() made up is in no record; the record then has 0.
    return link != arrival && link.type() != LinkType::peer &&
           (table_.holds(route, link, subscription_id) || table_.holds(route, link, 0));
  });
}

}  // namespace slim::forward
