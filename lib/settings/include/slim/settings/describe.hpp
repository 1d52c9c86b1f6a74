/// A configuration as it is in force, for people who ask a running node.
#pragma once

#include <string>

#include <slim/settings/configuration.hpp>

namespace slim::settings {

/// JSON, with the defaults that the file left out. No secret is in it: of PEM text and header
/// values only that they are there, and of endpoints nothing that could be a password.
[[nodiscard]] std::string describe(const Configuration& configuration);

}  // namespace slim::settings
