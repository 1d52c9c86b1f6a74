/// Latencies in bounded memory: 128 steps for each power of two, so a quantile is off by less than
/// one part in 128, however many values there are.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace slim::bench {

class Histogram {
 public:
  void add(std::uint64_t ns) noexcept {
    ++counts_[index_of(ns)];
    ++total_;
    max_ = std::max(max_, ns);
  }
  void clear() noexcept { *this = {}; }
  [[nodiscard]] std::uint64_t count() const noexcept { return total_; }
  [[nodiscard]] double max_us() const noexcept { return static_cast<double>(max_) / 1e3; }

  /// The value below which the share `q` of all lies, in microseconds; 0 when there are none.
  [[nodiscard]] double quantile_us(double q) const noexcept {
    auto left = static_cast<std::uint64_t>(q * static_cast<double>(total_));
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] > left) return static_cast<double>(std::min(upper_bound(i), max_)) / 1e3;
      left -= counts_[i];
    }
    return max_us();
  }

 private:
  static constexpr unsigned kStepBits = 7;
  static constexpr std::size_t kSteps = std::size_t{1} << kStepBits;

  static std::size_t index_of(std::uint64_t ns) noexcept {
    if (ns < kSteps) return static_cast<std::size_t>(ns);
    const auto power = static_cast<unsigned>(std::bit_width(ns)) - 1 - kStepBits;
    return (power + 1) * kSteps + static_cast<std::size_t>((ns >> power) - kSteps);
  }
  static std::uint64_t upper_bound(std::size_t index) noexcept {
    if (index < kSteps) return index;
    const std::size_t power = index / kSteps - 1;
    return ((kSteps + index % kSteps + 1) << power) - 1;
  }

  std::array<std::uint64_t, (64 - kStepBits + 1) * kSteps> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace slim::bench
