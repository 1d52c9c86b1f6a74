/// Which stream ids a client has passed over (RFC 9113 5.1.1: they are closed and must not be
/// used).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace slim::transport {

/// nghttp2 tells a stream that ended from one that was passed over only while it remembers the
/// former, and it remembers few. Thread: owner worker.
class StreamIds {
 public:
  /// Called with the id of each HEADERS frame; true if the id was passed over before.
  [[nodiscard]] bool is_passed_over(std::int32_t id) {
    if (id > last_) {
      if (id > last_ + 2) {
        gaps_.push_back({last_ + 2, id - 2});
        // A client that leaves more gaps than this is not worth the memory; the oldest is
        // forgotten.
        if (gaps_.size() > kMaxGaps) gaps_.pop_front();
      }
      last_ = id;
      return false;
    }
    for (const Gap& gap : gaps_) {
      if (id >= gap.first && id <= gap.last) return true;
    }
    return false;
  }

 private:
  struct Gap {
    std::int32_t first;
    std::int32_t last;
  };
  static constexpr std::size_t kMaxGaps = 64;
  std::deque<Gap> gaps_;
  std::int32_t last_ = -1;
};

}  // namespace slim::transport
