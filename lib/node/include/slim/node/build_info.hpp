/// What this build is, for `--version` and the log's first line.
#pragma once

#include <string>

namespace slim::node {

/// Tab-separated lines `Version:`, `Build Date:`, `Git SHA:`, `Profile:` and `Compatible:`, the
/// last with the wire generations that are served (docs/protocol/operations.md 10).
[[nodiscard]] std::string build_info();

}  // namespace slim::node
