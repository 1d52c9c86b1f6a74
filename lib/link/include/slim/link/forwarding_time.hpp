/// How long publishes take through the node, measured of a few so that the others pay nothing.
#pragma once

#include <array>
#include <cstdint>

#include <slim/base/clock.hpp>
#include <slim/base/histogram.hpp>

namespace slim::link {

inline constexpr std::array<base::Duration, 14> kForwardingTimes{
    std::chrono::nanoseconds(1'000), std::chrono::nanoseconds(2'500),
    std::chrono::microseconds(5),    std::chrono::microseconds(10),
    std::chrono::microseconds(25),   std::chrono::microseconds(50),
    std::chrono::microseconds(100),  std::chrono::microseconds(250),
    std::chrono::microseconds(500),  std::chrono::milliseconds(1),
    std::chrono::milliseconds(5),    std::chrono::milliseconds(25),
    std::chrono::milliseconds(100),  std::chrono::seconds(1)};

/// Counts down, and measures one publish in `kEvery`, the first too. Thread: owner worker, but for
/// reading the histogram.
class ForwardingTime {
 public:
  static constexpr std::uint32_t kEvery = 1024;
  using Histogram = base::Histogram<kForwardingTimes.size()>;

  /// To be asked once for each publish.
  [[nodiscard]] bool due() noexcept {
    if (--left_ != 0) return false;
    left_ = kEvery;
    return true;
  }
  void observe(base::Duration time) noexcept { times_.observe(time); }
  [[nodiscard]] const Histogram& histogram() const noexcept { return times_; }

 private:
  std::uint32_t left_ = 1;
  Histogram times_{kForwardingTimes};
};

}  // namespace slim::link
