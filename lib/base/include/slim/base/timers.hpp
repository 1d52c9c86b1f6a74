/// One-shot timers of one thread, driven from outside: by an event loop or by a test's clock.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include <slim/base/clock.hpp>

namespace slim::base {

/// Names a timer until it fires or is cancelled; 0 names none.
enum class TimerId : std::uint64_t { none = 0 };

/// Thread: one owner. Callbacks run inside run_due(), may set and cancel timers, and must not
/// throw. Cost: O(log n) to set, cancel and fire.
class TimerQueue {
 public:
  using Callback = std::function<void()>;

  /// Timers with equal times fire in the order in which they were set.
  TimerId set(Instant when, Callback callback);
  /// Cancelling none, a fired or an unknown timer does nothing.
  void cancel(TimerId id) noexcept;
  /// When the next timer is due, if any is set.
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;
  /// Fires what is due at `now`; timers set meanwhile for `now` or earlier wait for the next call.
  void run_due(Instant now);
  [[nodiscard]] std::size_t size() const noexcept { return by_time_.size(); }

 private:
  using Key = std::pair<Instant, std::uint64_t>;
  std::map<Key, Callback> by_time_;
  std::map<std::uint64_t, Instant> by_id_;
  std::uint64_t last_id_ = 0;
};

}  // namespace slim::base
