/// What a publish carries at the end of its payload.
#pragma once

#include <chrono>
#include <cstdint>

namespace slim::bench {

struct Stamp {
  std::uint64_t number = 0;  ///< of its publisher, from 0
  std::uint64_t due_ns = 0;  ///< when it was to be sent, by now_ns(); 0 where nobody asks
};

/// Publishes with this number only find out whether a subscription stands.
inline constexpr std::uint64_t kProbe = ~std::uint64_t{0};

/// Steady, in nanoseconds.
[[nodiscard]] inline std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

}  // namespace slim::bench
