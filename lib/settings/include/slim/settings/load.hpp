/// From a YAML file to a Configuration.
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include <slim/settings/configuration.hpp>

namespace slim::settings {

/// What is wrong with a configuration. what() is one line:
/// `file:line: key: what was found; allowed: what may stand there`. It contains the phrases of
/// docs/protocol/config.md 11, and never a secret.
class ConfigError : public std::runtime_error {
 public:
  ConfigError(const std::string& file, const Place& place, const std::string& text);
  [[nodiscard]] const Place& place() const noexcept { return place_; }

 private:
  Place place_;
};

struct LoadOptions {
  /// Take no old spelling and no unknown key.
  bool strict = false;
  /// Looks variables up for ${env:}; the process's environment without it.
  std::function<std::optional<std::string>(const std::string&)> environment;
};

/// Both throw ConfigError and nothing else. Thread: any.
[[nodiscard]] Configuration load_file(const std::string& path, const LoadOptions& options = {});
/// `name` stands for the file in messages.
[[nodiscard]] Configuration load_text(const std::string& text, const std::string& name,
                                      const LoadOptions& options = {});

}  // namespace slim::settings
