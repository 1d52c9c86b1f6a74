#include "uplinks.hpp"

#include <slim/wire/control.hpp>

namespace slim::forward {
namespace {

/// Names of the list that are written at a time.
constexpr std::size_t kListPart = 256;
/// The organisation of the names by which uplinks find cycles.
constexpr std::string_view kCycleOrganisation = "slimd-uplink";

void free_set(void* set, void*) { delete static_cast<const UplinkSet*>(set); }

bool acknowledges(const LinkTraits& traits) {
  return traits.generation == wire::Generation::d ||
         (traits.generation == wire::Generation::c && !traits.counts_repeats);
}

bool begins_with(const std::array<std::string, 3>& parts, const NamePrefix& prefix) {
  return std::equal(prefix.parts.begin(),
                    prefix.parts.begin() + static_cast<std::ptrdiff_t>(prefix.count),
                    parts.begin());
}

}  // namespace

Uplinks::~Uplinks() {
  for (auto& set : sets_) delete set.load();
}

void Uplinks::up(LinkRef link, const LinkTraits& traits) {
  Uplink& uplink = uplinks_[link];
  uplink.is_up = true;
  uplink.traits = traits;
  uplink.told.clear();
  const std::array<std::string, 3> own{std::string(kCycleOrganisation), random_.uuid_v4(), "cycle"};
  uplink.own_name = {wire::hashes_of(traits.dialect, own), own, name::InstanceId{0, 1}};
  send(link, uplink, wire::Kind::subscribe, uplink.own_name,
       acknowledges(traits) ? random_.next_u64() : 0);
  uplink.list = table_.walk();
  outboxes_.wake(link);
  for (std::size_t g = 0; g < sets_.size(); ++g) publish_set(static_cast<wire::Generation>(g));
}

void Uplinks::down(LinkRef link) {
  const auto found = uplinks_.find(link);
  if (found == uplinks_.end()) return;
  found->second.is_up = false;
  found->second.told.clear();
  found->second.list.reset();
}

void Uplinks::remove(LinkRef link) {
  const auto found = uplinks_.find(link);
  if (found == uplinks_.end()) return;
  const wire::Generation generation = found->second.traits.generation;
  uplinks_.erase(found);
  publish_set(generation);
}

void Uplinks::publish_set(wire::Generation generation) {
  auto next = std::make_unique<UplinkSet>();
  for (const auto& [link, uplink] : uplinks_) {
    if (uplink.traits.generation != generation) continue;
    UplinkSet::Entry entry{link, {}};
    for (const NamePrefix& prefix : uplink.traits.uplink->route) {
      entry.route.push_back({prefix.count, wire::hashes_of(uplink.traits.dialect, prefix.parts)});
    }
    next->entries.push_back(std::move(entry));
  }
  auto& slot = sets_[static_cast<std::size_t>(generation)];
  const UplinkSet* const now = next->entries.empty() ? nullptr : next.release();
  if (const UplinkSet* const before = slot.exchange(now)) {
    epochs_.retire(const_cast<UplinkSet*>(before), free_set, nullptr);
  }
}

bool Uplinks::listing(LinkRef link) const {
  const auto found = uplinks_.find(link);
  return found != uplinks_.end() && found->second.list;
}

void Uplinks::refill(LinkRef link) {
  if (!listing(link)) return;
  Uplink& uplink = uplinks_.at(link);
  for (std::size_t i = 0; i < kListPart; ++i) {
    const auto holding = table_.next(*uplink.list);
    if (!holding) {
      uplink.list.reset();
      return;
    }
    const bool is_own = holding->link.type() != LinkType::peer && !contains(holding->link);
    if (is_own && wants(uplink, *holding->route)) (void)tell(link, uplink, *holding->route);
  }
}

bool Uplinks::wants(const Uplink& uplink, const Route& route) const {
  if (SubscriptionTable::generation_of(route) != uplink.traits.generation) return false;
  const auto parts = table_.name_of(route).parts;
  const auto& prefixes = uplink.traits.uplink->advertise;
  return prefixes.empty() || parts[0] == kCycleOrganisation ||
         std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const NamePrefix& p) { return begins_with(parts, p); });
}

std::uint64_t Uplinks::tell(LinkRef link, Uplink& uplink, const Route& route) {
  const auto [told, is_new] = uplink.told.try_emplace(&route, 0);
  if (!is_new) return 0;
  while (acknowledges(uplink.traits) && told->second == 0) told->second = random_.next_u64();
  send(link, uplink, wire::Kind::subscribe, table_.name_of(route), told->second);
  return told->second;
}

void Uplinks::send(LinkRef link, const Uplink& uplink, wire::Kind kind, const name::Name& name,
                   std::uint64_t subscription_id) {
  // The source needs an id: the node of 0.3 aborts its stream without.
  auto message = wire::encode_subscription(uplink.traits.dialect,
                                           {kind, name, uplink.own_name, {}, subscription_id});
  if (message) outboxes_.put(link, std::move(*message));
}

Uplinks::SentList Uplinks::announce(const Route& route) {
  SentList sent;
  for (auto& [link, uplink] : uplinks_) {
    if (!uplink.is_up || !wants(uplink, route)) continue;
    if (const std::uint64_t id = tell(link, uplink, route)) sent.push_back({link, id});
  }
  return sent;
}

Uplinks::SentList Uplinks::withdraw(const Route& route) {
  SentList sent;
  for (auto& [link, uplink] : uplinks_) {
    const auto told = uplink.told.find(&route);
    if (told == uplink.told.end()) continue;
    send(link, uplink, wire::Kind::unsubscribe, table_.name_of(route), told->second);
    if (told->second != 0) sent.push_back({link, told->second});
    uplink.told.erase(told);
  }
  return sent;
}

LinkRef Uplinks::cycle(const name::Name& subscribed) const {
  if (subscribed.parts[0] != kCycleOrganisation) return {};
  for (const auto& [link, uplink] : uplinks_) {
    if (uplink.own_name.parts == subscribed.parts) return link;
  }
  return {};
}

}  // namespace slim::forward
