#include <algorithm>
#include <cmath>

#include <slim/link/options.hpp>

namespace slim::link {

slim::base::Duration Backoff::delay(std::uint64_t n, double random) const {
  using Millis = std::chrono::duration<double, std::milli>;
  if (kind == Kind::fixed) {
    const double scaled = 1.0 + spread * (2 * random - 1);
    return std::chrono::duration_cast<slim::base::Duration>(Millis(interval) * scaled);
  }
  // In floating point: the power is far above the cap after a few attempts.
  const double exact =
      std::pow(static_cast<double>(base), static_cast<double>(n)) * static_cast<double>(factor);
  const double capped = std::min(exact, Millis(max_delay).count());
  return std::chrono::duration_cast<slim::base::Duration>(
      Millis(jitter ? capped * random : capped));
}

}  // namespace slim::link
