/// One gRPC stream over HTTP/2 with framing written by hand: the load generator must cost less than
/// what it loads, and must not share code with it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "output.hpp"
#include "socket.hpp"

namespace slim::bench {

/// Thread: one.
class H2Stream {
 public:
  /// Connects and opens the stream, waiting for nothing but TLS. Throws std::runtime_error.
  explicit H2Stream(const Target& target);

  [[nodiscard]] Socket& socket() noexcept { return socket_; }
  [[nodiscard]] Output& output() noexcept { return output_; }
  /// A gRPC message for set-up, to be flushed. Throws std::runtime_error without credit for it.
  void send(std::string_view message);
  /// Bytes of DATA that may be sent now; to be lowered by what is.
  [[nodiscard]] std::int64_t credit() const noexcept {
    return std::min(connection_window_, stream_window_);
  }
  void charge(std::int64_t bytes) noexcept {
    connection_window_ -= bytes;
    stream_window_ -= bytes;
  }
  [[nodiscard]] std::size_t max_frame() const noexcept { return max_frame_; }

  /// Reads what is there. Calls `on_read()` after each read, then `on_message(string_view)` for
  /// each gRPC message that is complete. Of messages of more than kWhole bytes that came in pieces
  /// it gets the first byte and the last kTail. False when the stream ended.
  template <class OnRead, class OnMessage>
  [[nodiscard]] bool receive(OnRead&& on_read, OnMessage&& on_message);
  static constexpr std::size_t kWhole = 4096;
  static constexpr std::size_t kTail = 32;

 private:
  static constexpr std::size_t kFrameHeader = 9;
  static constexpr std::size_t kPrefix = 5;

  static std::uint32_t be32(const char* p) noexcept {
    const auto* u = reinterpret_cast<const unsigned char*>(p);
    return std::uint32_t{u[0]} << 24 | std::uint32_t{u[1]} << 16 | std::uint32_t{u[2]} << 8 | u[3];
  }
  void put_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                 std::string_view body);
  /// The frame's header, and of other frames than DATA the body. Gives what was taken of `bytes`.
  std::size_t take_frame(std::string_view bytes);
  void on_frame(std::string_view header, std::string_view body);
  void on_settings(std::string_view body);
  void return_credit();
  void begin_part(std::string_view bytes);

  template <class OnMessage>
  void on_data(std::string_view bytes, OnMessage& on_message);
  template <class OnMessage>
  std::string_view finish_part(std::string_view bytes, OnMessage& on_message);

  Socket socket_;
  Output output_{socket_};
  bool ended_ = false;
  // What is left of a DATA frame, and a frame's header or a short frame that came in pieces.
  std::size_t data_left_ = 0;
  bool data_ends_ = false;
  std::string frame_;
  // A message that came in pieces: its prefix and bytes, or the first byte and the last ones.
  std::string part_;
  std::size_t part_left_ = 0;
  bool part_known_ = false;  ///< the prefix is complete, part_left_ counts
  std::int64_t connection_window_ = 65'535;
  std::int64_t stream_window_ = 65'535;
  std::int64_t initial_window_ = 65'535;
  std::size_t max_frame_ = 16'384;
  std::size_t uncredited_ = 0;
};

template <class OnRead, class OnMessage>
bool H2Stream::receive(OnRead&& on_read, OnMessage&& on_message) {
  // Bounded: a fast node must not keep the others waiting.
  for (int reads = 0; reads < 4 && !ended_; ++reads) {
    const ssize_t n = socket_.read(ReadBuffer::data(), ReadBuffer::kSize);
    if (n == Socket::kNone) break;
    if (n == Socket::kEnd) return false;
    on_read();
    std::string_view bytes(ReadBuffer::data(), static_cast<std::size_t>(n));
    while (!bytes.empty()) {
      if (data_left_ == 0) {
        bytes.remove_prefix(take_frame(bytes));
        continue;
      }
      const std::size_t size = std::min(data_left_, bytes.size());
      on_data(bytes.substr(0, size), on_message);
      bytes.remove_prefix(size);
      data_left_ -= size;
      uncredited_ += size;
      ended_ = ended_ || (data_left_ == 0 && data_ends_);
    }
    return_credit();
  }
  return !ended_ && output_.flush();
}

template <class OnMessage>
void H2Stream::on_data(std::string_view bytes, OnMessage& on_message) {
  if (!part_.empty()) bytes = finish_part(bytes, on_message);
  while (bytes.size() >= kPrefix) {
    const std::size_t size = be32(bytes.data() + 1);
    if (bytes.size() - kPrefix < size) break;
    on_message(bytes.substr(kPrefix, size));
    bytes.remove_prefix(kPrefix + size);
  }
  if (!bytes.empty()) begin_part(bytes);
}

/// Gives what is behind the message that came in pieces.
template <class OnMessage>
std::string_view H2Stream::finish_part(std::string_view bytes, OnMessage& on_message) {
  if (!part_known_) {
    const std::size_t wanted = std::min(kPrefix - part_.size(), bytes.size());
    part_ += bytes.substr(0, wanted);
    bytes.remove_prefix(wanted);
    if (part_.size() < kPrefix) return bytes;
    part_known_ = true;
    part_left_ = be32(part_.data() + 1);
  }
  const std::size_t size = std::min(part_left_, bytes.size());
  const bool whole = be32(part_.data() + 1) <= kWhole;
  if (whole || part_.size() == kPrefix) {
    part_ += bytes.substr(0, size);
  } else {
    part_ += bytes.substr(size > kTail ? size - kTail : 0, std::min(size, kTail));
  }
  if (!whole && part_.size() > kPrefix + 1 + kTail)
    part_.erase(kPrefix + 1, part_.size() - (kPrefix + 1 + kTail));
  part_left_ -= size;
  if (part_left_ == 0) {
    on_message(std::string_view(part_).substr(kPrefix));
    part_.clear();
    part_known_ = false;
  }
  return bytes.substr(size);
}

}  // namespace slim::bench
