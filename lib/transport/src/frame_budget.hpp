/// How many frames a peer may make us look at that carry nothing: a token bucket.
#pragma once

#include <algorithm>
#include <cstdint>

#include <slim/base/clock.hpp>

namespace slim::transport {

/// Floods of PING, SETTINGS, PRIORITY, RST_STREAM, empty DATA and unknown frames cost their sender
/// next to nothing (CVE-2019-9511 to 9518, CVE-2023-44487). Rate, not strikes, so that published
/// clients with short keepalive intervals are left alone. Thread: owner worker.
class FrameBudget {
 public:
  FrameBudget(std::uint32_t burst, std::uint32_t per_second) noexcept
      : burst_(burst), per_second_(per_second), tokens_(burst) {}

  /// False when the budget is used up.
  [[nodiscard]] bool take(base::Instant now) noexcept {
    if (last_ != base::Instant{}) {
      const double seconds = std::chrono::duration<double>(now - last_).count();
      tokens_ = std::min(burst_, tokens_ + seconds * per_second_);
    }
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double burst_;
  double per_second_;
  double tokens_;
  base::Instant last_{};
};

}  // namespace slim::transport
