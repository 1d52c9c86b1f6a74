/// Where findings go while a file is loaded: errors leave as exceptions, the rest is collected.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <slim/settings/load.hpp>

namespace slim::settings {

/// Thread: one load's.
class Report {
 public:
  Report(std::string file, bool strict) : file_(std::move(file)), strict_(strict) {}

  /// Files of 3.4.6 only: no old spelling, no unknown key.
  [[nodiscard]] bool strict() const noexcept { return strict_; }
  [[noreturn]] void fail(const Place& place, const std::string& text) const {
    throw ConfigError(file_, place, text);
  }
  void note(Notice::Kind kind, Place place, std::string text) {
    notices_.push_back({kind, std::move(place), std::move(text)});
  }
  [[nodiscard]] std::vector<Notice> take_notices() { return std::move(notices_); }

 private:
  std::string file_;
  bool strict_;
  std::vector<Notice> notices_;
};

/// Begins the text of every error about a value's form (docs/protocol/config.md 11).
inline constexpr std::string_view kDecodeError = "yaml parse error: ";
/// Begins the text of errors that a server or client entry's check finds.
inline constexpr std::string_view kEntryError = "validation error: grpc configuration error: ";

/// `path.key`; `key` at the root.
[[nodiscard]] std::string join(std::string_view path, std::string_view key);
/// `path[index]`
[[nodiscard]] std::string at_index(std::string_view path, std::size_t index);
/// Fit for one line of a message: control characters escaped, the end of long text left out.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes = 100);
/// `a, b, c`
[[nodiscard]] std::string list_of(const std::vector<std::string>& words);

}  // namespace slim::settings
