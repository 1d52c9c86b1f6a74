#include "route_table.hpp"

#include <array>
#include <utility>

#include <slim/base/assert.hpp>
#include <slim/wire/control.hpp>

namespace slim::forward {
namespace {

// Peers choose the hashes, so tables are keyed with a secret: nobody can aim at one bucket.
template <std::size_t N>
std::uint64_t keyed(const name::SipKey& key, const std::array<std::uint64_t, N>& words) noexcept {
  return name::siphash13(
      key, {reinterpret_cast<const base::Byte*>(words.data()), words.size() * sizeof words[0]});
}

bool same(const Prefix& prefix, wire::Generation generation, const name::Hashes& hashes) noexcept {
  return prefix.generation == generation && prefix.hashes == hashes;
}

Candidates to_candidates(const Targets& targets, bool one_turn_for_all) noexcept {
  const Targets::Read read = targets.read();
  if (read.one) return Candidates(read.one);
  if (!read.many) return {};
  Candidates::Lists lists;
  Candidates::Turns turns;
  for (std::size_t i = 0; i < kLinkTypes; ++i) {
    const TargetList* list = read.many->lists[i].load();
    if (list) lists[i] = list->view();
    turns[i] = &read.many->turns[one_turn_for_all ? 0 : i];
  }
  return {lists, turns};
}

}  // namespace

PartText::PartText(const std::array<std::string, 3>& parts)
    : text_(parts[0] + parts[1] + parts[2]),
      first_cut_(static_cast<std::uint32_t>(parts[0].size())),
      second_cut_(static_cast<std::uint32_t>(parts[0].size() + parts[1].size())) {}

std::array<std::string, 3> PartText::parts() const {
  return {text_.substr(0, first_cut_), text_.substr(first_cut_, second_cut_ - first_cut_),
          text_.substr(second_cut_)};
}

RouteTable::~RouteTable() {
  // Slabs do not run destructors of what is still in use, and these own memory.
  routes_.for_each([](SplitNode& n) { static_cast<Route&>(n).~Route(); });
  prefixes_.for_each([](SplitNode& n) { static_cast<Prefix&>(n).~Prefix(); });
}

std::uint64_t RouteTable::prefix_hash(wire::Generation generation,
                                      const name::Hashes& h) const noexcept {
  return keyed(key_, std::array{h[0], h[1], h[2], static_cast<std::uint64_t>(generation)});
}

std::uint64_t RouteTable::route_hash(wire::Generation generation, const name::Hashes& h,
                                     const name::InstanceId& id) const noexcept {
  return keyed(
      key_, std::array{h[0], h[1], h[2], static_cast<std::uint64_t>(generation), id.high, id.low});
}

std::uint64_t RouteTable::member_hash(const Prefix& prefix, LinkRef link) const noexcept {
  return keyed(key_, std::array{reinterpret_cast<std::uint64_t>(&prefix), link.bits()});
}

Prefix* RouteTable::find_prefix(wire::Generation generation,
                                const name::Hashes& hashes) const noexcept {
  return static_cast<Prefix*>(prefixes_.find(
      prefix_hash(generation, hashes),
      [&](const SplitNode& n) { return same(static_cast<const Prefix&>(n), generation, hashes); }));
}

Route* RouteTable::find_route(wire::Generation generation, const name::Hashes& hashes,
                              const name::InstanceId& id) const noexcept {
  return static_cast<Route*>(
      routes_.find(route_hash(generation, hashes, id), [&](const SplitNode& n) {
        const auto& route = static_cast<const Route&>(n);
        return route.id == id && same(*route.prefix, generation, hashes);
      }));
}

Candidates RouteTable::find(wire::Generation generation, const name::Hashes& hashes,
                            const name::InstanceId& id) const noexcept {
  if (id.is_wildcard()) {
    const Prefix* prefix = find_prefix(generation, hashes);
    return prefix ? to_candidates(prefix->links, true) : Candidates{};
  }
  const Route* route = find_route(generation, hashes, id);
  return route ? to_candidates(route->links, false) : Candidates{};
}

Route& RouteTable::attach(wire::Generation generation, const name::Name& name, LinkRef link,
                          Route* route) {
  Prefix* prefix = route ? route->prefix : find_prefix(generation, name.hashes);
  if (!prefix) {
    prefix = prefix_slab_.make(generation, name);
    prefixes_.insert(prefix_hash(generation, name.hashes), *prefix);
  }
  if (!route) {
    route = route_slab_.make(*prefix, name.id);
    routes_.insert(route_hash(generation, name.hashes, name.id), *route);
    ++prefix->routes;
  }
  route->links.add(link, epochs_);
  ++route->holders;
  if (link.type() != LinkType::peer) ++route->own_holders;
  join_prefix(*prefix, link);
  return *route;
}

void RouteTable::detach(Route& route, LinkRef link) {
  Prefix& prefix = *route.prefix;
  route.links.remove(link, epochs_);
  --route.holders;
  if (link.type() != LinkType::peer) --route.own_holders;
  leave_prefix(prefix, link);
  if (route.holders > 0) return;
  routes_.erase(route_hash(prefix.generation, prefix.hashes, route.id), route);
  epochs_.retire(
      &route,
      [](void* object, void* self) {
        static_cast<RouteTable*>(self)->route_slab_.destroy(static_cast<Route*>(object));
      },
      this);
  if (--prefix.routes > 0) return;
  unspell(prefix);
  prefixes_.erase(prefix_hash(prefix.generation, prefix.hashes), prefix);
  epochs_.retire(
      &prefix,
      [](void* object, void* self) {
        static_cast<RouteTable*>(self)->prefix_slab_.destroy(static_cast<Prefix*>(object));
      },
      this);
}

std::uint64_t RouteTable::spelling_hash(bool is_a3, const name::Hashes& h) const noexcept {
  return keyed(key_, std::array{h[0], h[1], h[2], std::uint64_t{is_a3}});
}

std::optional<std::array<std::string, 3>> RouteTable::parts_of(wire::Dialect dialect,
                                                               const name::Hashes& hashes) const {
  using wire::Generation;
  const bool is_a3 = dialect == wire::Dialect::a3;
  for (const Generation g : {Generation::d, Generation::c, Generation::b, Generation::a}) {
    if (is_a3 && g != Generation::a) continue;
    const Prefix* prefix = find_prefix(g, hashes);
    if (!prefix) continue;
    auto parts = prefix->text.parts();
    if (wire::hashes_of(dialect, parts) == hashes) return parts;
  }
  const auto* spelling = static_cast<const Spelling*>(
      spellings_.find(spelling_hash(is_a3, hashes), [&](const SplitNode& n) {
        const auto& s = static_cast<const Spelling&>(n);
        return s.is_a3 == is_a3 && s.hashes == hashes;
      }));
  if (!spelling) return std::nullopt;
  return spelling->prefix->text.parts();
}

void RouteTable::spell(Prefix& prefix) {
  using wire::Dialect;
  if (prefix.spelling) return;
  const auto parts = prefix.text.parts();
  const name::Hashes newer = wire::hashes_of(Dialect::d, parts);
  const name::Hashes oldest = wire::hashes_of(Dialect::a3, parts);
  const bool is_a3 = prefix.hashes == newer;
  if (!is_a3 && (prefix.generation != wire::Generation::a || prefix.hashes != oldest)) return;
  const name::Hashes& other = is_a3 ? oldest : newer;
  prefix.spelling = spelling_slab_.make(prefix, other, is_a3);
  spellings_.insert(spelling_hash(is_a3, other), *prefix.spelling);
}

void RouteTable::unspell(Prefix& prefix) {
  Spelling* spelling = std::exchange(prefix.spelling, nullptr);
  if (!spelling) return;
  spellings_.erase(spelling_hash(spelling->is_a3, spelling->hashes), *spelling);
  epochs_.retire(
      spelling,
      [](void* object, void* self) {
        static_cast<RouteTable*>(self)->spelling_slab_.destroy(static_cast<Spelling*>(object));
      },
      this);
}

RouteTable::Member* RouteTable::find_member(const Prefix& prefix, LinkRef link) const noexcept {
  return static_cast<Member*>(members_.find(member_hash(prefix, link), [&](const SplitNode& n) {
    const auto& member = static_cast<const Member&>(n);
    return member.prefix == &prefix && member.link == link;
  }));
}

void RouteTable::join_prefix(Prefix& prefix, LinkRef link) {
  Member* member = find_member(prefix, link);
  if (!member) {
    member = member_slab_.make(prefix, link);
    members_.insert(member_hash(prefix, link), *member);
    prefix.links.add(link, epochs_);
  }
  ++member->ids;
}

void RouteTable::leave_prefix(Prefix& prefix, LinkRef link) {
  Member* member = find_member(prefix, link);
  SLIM_ASSERT(member && member->ids > 0);
  if (--member->ids > 0) return;
  members_.erase(member_hash(prefix, link), *member);
  member_slab_.destroy(member);  // only the writer reads members
  prefix.links.remove(link, epochs_);
}

}  // namespace slim::forward
