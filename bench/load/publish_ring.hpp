/// Publishes that were framed in advance and are sent over and over: what a publish costs the load
/// generator is two stores for its stamp and its share of a system call.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stamp.hpp"

namespace slim::bench {

/// A ring of frames that stand in memory as they go to the socket. Thread: one.
class PublishRing {
 public:
  /// What stands in front of each piece of the stream that goes out.
  enum class Framing : std::uint8_t {
    none,
    http2_data,  ///< a DATA frame's header, of stream 1
  };
  struct Shape {
    Framing framing = Framing::none;
    std::size_t max_frame = 0;  ///< bytes behind the frame's header
    bool single = false;        ///< a frame ends with each publish
  };
  /// A publish as it goes out, all but the frame's header; the stamp stands `behind_stamp` bytes
  /// before its end.
  struct Publish {
    std::string bytes;
    std::size_t behind_stamp = 0;
  };

  /// Repeats the publishes until there are bytes enough for large writes.
  void build(std::span<const Publish> publishes, const Shape& shape);

  /// Makes the next frames ready, up to `allowed` publishes and `credit` bytes of flow control,
  /// from which it takes what it uses. Returns how many publishes were numbered, from `number` on.
  /// Precondition: pending() is empty.
  std::size_t stamp(std::size_t allowed, std::int64_t& credit, std::uint64_t number,
                    std::uint64_t due_ns);
  /// Adds one frame of a ring of single publishes; false when there is no room or no credit now.
  bool stamp_one(std::int64_t& credit, const Stamp& stamp);

  /// What is to be sent, and that so much of it was.
  [[nodiscard]] std::string_view pending() const noexcept {
    return {bytes_.data() + sent_, ready_ - sent_};
  }
  void sent(std::size_t size) noexcept;
  /// Whether a part of what was pending is sent: nothing else may be written now.
  [[nodiscard]] bool midway() const noexcept { return sent_ != start_ && sent_ != ready_; }

 private:
  struct Frame {
    std::size_t end;          ///< in bytes_
    std::uint32_t charge;     ///< bytes that count for flow control
    std::uint32_t first;      ///< of its stamps
    std::uint32_t publishes;  ///< that end in it
  };
  void cut(std::string_view stream, std::span<const std::size_t> stamps, const Shape& shape);
  void patch(const Frame& frame, std::uint64_t number, std::uint64_t due_ns) noexcept;
  void wrap() noexcept;

  std::string bytes_;
  std::vector<Frame> frames_;
  std::vector<std::size_t> stamps_;  ///< where they are, in bytes_
  std::size_t next_ = 0;             ///< frame to be made ready
  std::size_t start_ = 0;            ///< of what was made ready last
  std::size_t sent_ = 0;
  std::size_t ready_ = 0;
};

}  // namespace slim::bench
