/// References in values: ${env:NAME} and ${file:PATH} (docs/protocol/config.md 2.2).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "node.hpp"
#include "report.hpp"

namespace slim::settings {

using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// Replaces every value that is a reference as a whole; keys and results are not looked at. A value
/// that merely contains one stays and is noted.
void substitute(Node& root, const Environment& environment, Report& report);

}  // namespace slim::settings
