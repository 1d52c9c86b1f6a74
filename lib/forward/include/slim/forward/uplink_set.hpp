/// The uplinks of one generation, as forwarding reads them.
#pragma once

#include <algorithm>
#include <vector>

#include <slim/forward/link_ref.hpp>
#include <slim/name/name.hpp>

namespace slim::forward {

/// Immutable: a change makes a new one. Lifetime: that of the epoch guard under which it was read.
class UplinkSet {
 public:
  struct Prefix {
    std::size_t count = 0;
    name::Hashes hashes{};

    [[nodiscard]] bool holds(const name::Hashes& of) const noexcept {
      return std::equal(hashes.begin(), hashes.begin() + static_cast<std::ptrdiff_t>(count),
                        of.begin());
    }
  };
  struct Entry {
    LinkRef link;
    std::vector<Prefix> route;  ///< empty: every name

    [[nodiscard]] bool takes(const name::Hashes& destination) const noexcept {
      return route.empty() || std::any_of(route.begin(), route.end(),
                                          [&](const Prefix& p) { return p.holds(destination); });
    }
  };
  std::vector<Entry> entries;

  [[nodiscard]] bool contains(LinkRef link) const noexcept {
    return std::any_of(entries.begin(), entries.end(),
                       [link](const Entry& e) { return e.link == link; });
  }
};

}  // namespace slim::forward
