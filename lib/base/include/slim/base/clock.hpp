/// Time as a parameter, so that tests move it by hand.
#pragma once

#include <chrono>

namespace slim::base {

using Duration = std::chrono::nanoseconds;
/// A point on a clock that never goes back and knows no dates.
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// Thread: any, unless an implementation says otherwise.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const noexcept = 0;
};

/// The machine's monotonic clock.
class SteadyClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override { return std::chrono::steady_clock::now(); }
};

/// Stands still until told otherwise. Thread: one at a time.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const noexcept override { return now_; }
  void advance(Duration by) noexcept { now_ += by; }
  void set(Instant now) noexcept { now_ = now; }

 private:
  Instant now_{std::chrono::hours(1)};
};

}  // namespace slim::base
