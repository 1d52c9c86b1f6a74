/// Keeps a record that a peer can cause from filling the log.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include <slim/base/clock.hpp>

namespace slim::log {

/// Lets one record through a period and counts what it held back. Thread: any.
class RateLimit {
 public:
  explicit RateLimit(base::Duration period) noexcept : period_(period) {}
  /// The number of records held back since the last one let through, or nullopt to hold this one
  /// back too.
  [[nodiscard]] std::optional<std::uint64_t> admit(base::Instant now) noexcept;

 private:
  base::Duration period_;
  std::atomic<std::int64_t> next_{INT64_MIN};
  std::atomic<std::uint64_t> held_{0};
};

}  // namespace slim::log
