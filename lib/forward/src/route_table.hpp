/// Prefixes and routes with their links: the part of the subscription table that forwarding reads.
#pragma once

#include <array>
#include <optional>
#include <string>

#include <slim/forward/candidates.hpp>
#include <slim/name/name.hpp>
#include <slim/name/siphash.hpp>
#include <slim/wire/generation.hpp>

#include "slab.hpp"
#include "split_ordered.hpp"
#include "targets.hpp"

namespace slim::forward {

/// The three parts of a name as their first subscriber wrote them, in one block.
class PartText {
 public:
  explicit PartText(const std::array<std::string, 3>& parts);
  [[nodiscard]] std::array<std::string, 3> parts() const;

 private:
  std::string text_;
  std::uint32_t first_cut_ = 0;
  std::uint32_t second_cut_ = 0;
};

struct Prefix;

/// A prefix by the hashes that the dialects with the other hash function have for its parts.
struct Spelling : SplitNode {
  Spelling(Prefix& p, const name::Hashes& h, bool a3) : prefix(&p), hashes(h), is_a3(a3) {}

  Prefix* prefix;
  name::Hashes hashes;
  bool is_a3;  ///< whether these are of dialect a3
};

/// Everything under one organisation, namespace and service of one generation.
struct Prefix : SplitNode {
  Prefix(wire::Generation g, const name::Name& name)
      : generation(g), hashes(name.hashes), text(name.parts) {}

  wire::Generation generation;
  std::uint32_t routes = 0;
  name::Hashes hashes;
  /// The union over all ids: where a message to the wildcard goes.
  Targets links;
  PartText text;
  Spelling* spelling = nullptr;  ///< the writer's
};

struct Route : SplitNode {
  Route(Prefix& p, const name::InstanceId& i) : prefix(&p), id(i) {}

  Prefix* prefix;
  name::InstanceId id;
  Targets links;
  std::uint32_t holders = 0;
  std::uint32_t own_holders = 0;  ///< holders that are no peers
};

/// Thread: find() and parts_of() any, inside an epoch guard; everything else one writer.
class RouteTable {
 public:
  RouteTable(base::EpochDomain& epochs, name::SipKey key) : epochs_(epochs), key_(key) {}
  RouteTable(const RouteTable&) = delete;
  RouteTable& operator=(const RouteTable&) = delete;
  ~RouteTable();

  [[nodiscard]] Candidates find(wire::Generation generation, const name::Hashes& hashes,
                                const name::InstanceId& id) const noexcept;
  [[nodiscard]] std::optional<std::array<std::string, 3>> parts_of(
      wire::Dialect dialect, const name::Hashes& hashes) const;
  void spell(Prefix& prefix);
  [[nodiscard]] Prefix* find_prefix(wire::Generation generation,
                                    const name::Hashes& hashes) const noexcept;
  [[nodiscard]] Route* find_route(wire::Generation generation, const name::Hashes& hashes,
                                  const name::InstanceId& id) const noexcept;

  /// Precondition: the link does not have the name yet.
  Route& attach(wire::Generation generation, const name::Name& name, LinkRef link, Route* route);
  /// Precondition: the link has the route. The route is retired with its last link.
  void detach(Route& route, LinkRef link);

  [[nodiscard]] std::size_t routes() const noexcept { return routes_.size(); }
  [[nodiscard]] std::size_t prefixes() const noexcept { return prefixes_.size(); }

 private:
  /// How many ids under a prefix a link has; the union lists it while there is one.
  struct Member : SplitNode {
    Member(Prefix& p, LinkRef l) : prefix(&p), link(l) {}
    Prefix* prefix;
    LinkRef link;
    std::uint32_t ids = 0;
  };
  [[nodiscard]] std::uint64_t prefix_hash(wire::Generation generation,
                                          const name::Hashes& hashes) const noexcept;
  [[nodiscard]] std::uint64_t route_hash(wire::Generation generation, const name::Hashes& hashes,
                                         const name::InstanceId& id) const noexcept;
  [[nodiscard]] std::uint64_t member_hash(const Prefix& prefix, LinkRef link) const noexcept;
  [[nodiscard]] Member* find_member(const Prefix& prefix, LinkRef link) const noexcept;
  [[nodiscard]] std::uint64_t spelling_hash(bool is_a3, const name::Hashes& hashes) const noexcept;
  void unspell(Prefix& prefix);
  void join_prefix(Prefix& prefix, LinkRef link);
  void leave_prefix(Prefix& prefix, LinkRef link);

  base::EpochDomain& epochs_;
  name::SipKey key_;
  SplitOrderedIndex prefixes_;
  SplitOrderedIndex routes_;
  SplitOrderedIndex members_;
  SplitOrderedIndex spellings_;
  Slab<Prefix> prefix_slab_;
  Slab<Route> route_slab_;
  Slab<Member> member_slab_;
  Slab<Spelling> spelling_slab_;
};

}  // namespace slim::forward
