/// Which records are logged: the directive list of docs/protocol/operations.md 2.2.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <slim/base/log.hpp>

namespace slim::log {

/// Any letter case; nullopt for anything else.
[[nodiscard]] std::optional<Level> parse_level(std::string_view text);
/// Lower case, as configuration files write it.
[[nodiscard]] std::string_view to_string(Level level) noexcept;

/// A parsed directive list. Thread: immutable once parsed.
class Filter {
 public:
  /// `level`, `target`, `target=level`, separated by commas. Items that are none of these are left
  /// out and named in `rejected()`.
  [[nodiscard]] static Filter parse(std::string_view directives);

  /// The least severe level that is logged for `target`: that of the longest directive that is a
  /// prefix of it, else that of the bare level, else off.
  [[nodiscard]] Level level_for(std::string_view target) const noexcept;
  [[nodiscard]] const std::vector<std::string>& rejected() const noexcept { return rejected_; }

 private:
  struct Directive {
    std::string prefix;
    Level level;
  };
  std::vector<Directive> directives_;
  std::vector<std::string> rejected_;
};

}  // namespace slim::log
