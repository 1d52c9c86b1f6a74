/// The log: one line a record on standard output in the columns of docs/protocol/operations.md 2.1.
///
/// A record has a level, a target (the component that speaks, such as `slim_service::service`), a
/// message and fields. Targets are objects, so that a filtered record costs one relaxed load.
///
///   const slim::log::Target kTarget{"slim_service::service"};
///   SLIM_INFO(kTarget, "dataplane server started", kv("endpoint", endpoint));
///
/// Thread: any, for everything here.
#pragma once

#include <array>
#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace slim::log {

enum class Level : int { trace, debug, info, warn, error, off };

/// A component that logs. Lifetime: static storage, since the filter keeps a pointer to it.
class Target {
 public:
  explicit Target(const char* name);
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  ~Target();

  [[nodiscard]] bool enabled(Level level) const noexcept {
    return static_cast<int>(level) >= threshold_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const char* name() const noexcept { return name_; }

 private:
  friend struct Registry;
  const char* name_;
  mutable std::atomic<int> threshold_{static_cast<int>(Level::info)};
};

/// `key=value` behind the message.
struct Field {
  std::string_view key;
  std::string value;
};

[[nodiscard]] inline Field kv(std::string_view key, std::string value) {
  return {key, std::move(value)};
}
[[nodiscard]] inline Field kv(std::string_view key, std::string_view value) {
  return {key, std::string(value)};
}
[[nodiscard]] inline Field kv(std::string_view key, const char* value) { return {key, value}; }
[[nodiscard]] inline Field kv(std::string_view key, bool value) {
  return {key, value ? "true" : "false"};
}
template <std::integral T>
[[nodiscard]] Field kv(std::string_view key, T value) {
  return {key, std::to_string(value)};
}

/// Names what the current thread is doing in every record that it logs while the span lives:
/// `name{key=value}:`. Spans nest. Thread: the one that made it.
class Span {
 public:
  explicit Span(std::string_view name, std::initializer_list<Field> fields = {});
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;
  ~Span();

 private:
  std::size_t length_before_;
};

struct Options {
  /// Directives as docs/protocol/operations.md 2.2 has them; the longest matching prefix wins.
  std::string filter = "info";
  bool thread_names = true;
  bool thread_ids = false;
  /// ANSI colours; only sensible on a terminal.
  bool colours = false;
};

/// Applies `options`, also again later. What is logged before the first call goes out with
/// defaults.
void configure(const Options& options);
/// The directive list in use.
[[nodiscard]] std::string filter();
/// Replaces it, unless it has items that are no directives: those are returned, and nothing has
/// changed.
[[nodiscard]] std::vector<std::string> set_filter(const std::string& directives);
/// Records written so far, after filtering, from trace to error.
[[nodiscard]] std::array<std::uint64_t, 5> written();
/// Writes out everything logged so far and stops the writer. Records after it are lost.
void shutdown();
/// The name and number of the calling thread in the log's third and fourth column.
void name_this_thread(std::string_view name);

/// Not called directly: the macros below keep a filtered record free of charge.
void write(Level level, const Target& target, int line, std::string_view message,
           std::initializer_list<Field> fields = {});

}  // namespace slim::log

#define SLIM_LOG_AT(level, target, message, ...)                                        \
  do {                                                                                  \
    if ((target).enabled(level)) {                                                      \
      using ::slim::log::kv;                                                            \
      ::slim::log::write(level, target, __LINE__, message __VA_OPT__(, {__VA_ARGS__})); \
    }                                                                                   \
  } while (false)

#define SLIM_TRACE(target, ...) SLIM_LOG_AT(::slim::log::Level::trace, target, __VA_ARGS__)
#define SLIM_DEBUG(target, ...) SLIM_LOG_AT(::slim::log::Level::debug, target, __VA_ARGS__)
#define SLIM_INFO(target, ...) SLIM_LOG_AT(::slim::log::Level::info, target, __VA_ARGS__)
#define SLIM_WARN(target, ...) SLIM_LOG_AT(::slim::log::Level::warn, target, __VA_ARGS__)
#define SLIM_ERROR(target, ...) SLIM_LOG_AT(::slim::log::Level::error, target, __VA_ARGS__)
