/// Times in buckets, that one thread counts and any thread reads.
#pragma once

#include <array>
#include <cstddef>

#include <slim/base/clock.hpp>
#include <slim/base/counter.hpp>

namespace slim::base {

/// `N` upper bounds, in ascending order, and one bucket above them.
/// Thread: observe() from one owner, everything else from any; what is read while it is being
/// counted may be apart by that one.
template <std::size_t N>
class Histogram {
 public:
  using Bounds = std::array<Duration, N>;
  /// `bounds` must outlive the histogram.
  explicit Histogram(const Bounds& bounds) noexcept : bounds_(&bounds) {}

  void observe(Duration time) noexcept {
    std::size_t bucket = 0;
    while (bucket < N && time > (*bounds_)[bucket]) ++bucket;
    counts_[bucket].add();
    sum_.add(static_cast<std::uint64_t>(time.count() > 0 ? time.count() : 0));
  }
  [[nodiscard]] const Bounds& bounds() const noexcept { return *bounds_; }
  /// Of one bucket alone; N is the one above all bounds.
  [[nodiscard]] std::uint64_t count(std::size_t bucket) const noexcept {
    return counts_[bucket].value();
  }
  [[nodiscard]] Duration sum() const noexcept { return Duration(sum_.value()); }

 private:
  const Bounds* bounds_;
  std::array<Counter, N + 1> counts_;
  Counter sum_;  ///< in nanoseconds
};

}  // namespace slim::base
