/// What arrives at a subscriber, and whether it is what was sent.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "histogram.hpp"
#include "stamp.hpp"

namespace slim::bench {

/// Which numbers of a publisher have arrived at any of its subscribers.
class SeenOnce {
 public:
  /// Throws std::runtime_error for a number that was seen.
  void add(std::uint64_t number) {
    const std::size_t word = number / 64;
    if (word >= words_.size()) words_.resize(word + word / 2 + 1024);
    const std::uint64_t bit = std::uint64_t{1} << number % 64;
    if ((words_[word] & bit) != 0)
      throw std::runtime_error("number " + std::to_string(number) + " arrived twice");
    words_[word] |= bit;
    ++count_;
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

 private:
  std::vector<std::uint64_t> words_;
  std::uint64_t count_ = 0;
};

/// Thread: one. Throws std::runtime_error for what must not arrive.
class Inbox {
 public:
  struct Rules {
    SeenOnce* any_order = nullptr;   ///< shared by the subscribers of an anycast
    Histogram* latencies = nullptr;  ///< null: clocks are not asked
    bool gaps = false;               ///< what is left out counts as lost
  };
  explicit Inbox(const Rules& rules) : rules_(rules), next_(rules.any_order ? kProbe - 1 : 0) {}

  /// The time at which what follows was read.
  void arrives_at(std::uint64_t ns) noexcept { now_ = ns; }
  [[nodiscard]] bool wants_time() const noexcept { return rules_.latencies != nullptr; }

  void take(const char* stamp_bytes) {
    Stamp stamp;
    std::memcpy(&stamp, stamp_bytes, sizeof stamp);
    if (stamp.number == next_) {
      ++next_;
    } else if (!take_other(stamp)) {
      return;
    }
    ++received_;
    if (rules_.latencies) rules_.latencies->add(now_ - stamp.due_ns);
  }

  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  /// The lowest number that may still come, where they come in order.
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  [[nodiscard]] bool probed() const noexcept { return probed_; }

 private:
  bool take_other(const Stamp& stamp) {
    if (stamp.number == kProbe) {
      probed_ = true;
      return false;
    }
    if (rules_.any_order) {
      rules_.any_order->add(stamp.number);
      return true;
    }
    if (stamp.number < next_ || !rules_.gaps)
      throw std::runtime_error("expected number " + std::to_string(next_) + ", got " +
                               std::to_string(stamp.number));
    next_ = stamp.number + 1;
    return true;
  }

  Rules rules_;
  std::uint64_t next_;
  std::uint64_t received_ = 0;
  std::uint64_t now_ = 0;
  bool probed_ = false;
};

}  // namespace slim::bench
