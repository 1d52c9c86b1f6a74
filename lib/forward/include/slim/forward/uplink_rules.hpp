/// What goes over an uplink: a link on which this node is an application of another node, on behalf
/// of its own (docs/uplinks.md).
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <slim/wire/generation.hpp>

namespace slim::forward {

/// The first parts of names: `org`, `org/ns` or `org/ns/type`.
struct NamePrefix {
  std::size_t count = 0;  ///< of parts, 1 to 3
  std::array<std::string, 3> parts;
};

/// Immutable once the uplink is up.
struct UplinkRules {
  /// Names subscribed here that are subscribed there too; empty for all.
  std::vector<NamePrefix> advertise;
  /// Names whose messages go there; empty for all.
  std::vector<NamePrefix> route;
};

}  // namespace slim::forward
