/// YAML text to a tree (docs/protocol/config.md 2 and 2.1).
#pragma once

#include <string>

#include "node.hpp"
#include "report.hpp"

namespace slim::settings {

// A configuration has a few hundred nodes at most; what is far above that is a mistake or an attack
// (aliases of aliases), and ends in an error before it costs memory or stack.
inline constexpr std::size_t kMaxDepth = 64;
inline constexpr std::size_t kMaxNodes = 100'000;
inline constexpr std::size_t kMaxScalarBytes = 8 * 1024 * 1024;  ///< all scalars together

/// Exactly one document; an empty text gives null. Aliases have been replaced by copies. Throws
/// ConfigError for a syntax error, a key that is no text or stands twice, and the limits above.
[[nodiscard]] Node parse_yaml(const std::string& text, const Report& report);

}  // namespace slim::settings
