/// Old files become files of today (docs/protocol/config.md 12).
#pragma once

#include "node.hpp"
#include "report.hpp"

namespace slim::settings {

/// Rewrites every old spelling of `root` and notes each. What is no old spelling stays as it is,
/// for the decoders to judge. Not for strict mode. Throws ConfigError where an old and a new
/// spelling of the same thing meet, or an old one says two things.
void normalise(Node& root, Report& report);

}  // namespace slim::settings
