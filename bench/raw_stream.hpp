/// One gRPC stream over HTTP/2 with framing written by hand: the load generator must cost less than
/// what it loads, and must not share code with it. Plain text, blocking connect, one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace slim::bench {

class RawStream {
 public:
  /// Connects and opens the stream. Throws std::runtime_error.
  RawStream(const std::string& host, std::uint16_t port);
  ~RawStream();
  RawStream(const RawStream&) = delete;
  RawStream& operator=(const RawStream&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }
  /// Reads what is there; calls `on_message` for each gRPC message. False when the stream ended.
  bool receive(const std::function<void(std::string_view message)>& on_message);

  /// Appends gRPC messages, each with its 5-byte prefix, to what is to be sent.
  [[nodiscard]] std::string& out() noexcept { return out_; }
  /// Frames and writes as much of out() as windows and the socket take. False when it failed.
  bool flush();
  /// Bytes of out() that are not on the socket.
  [[nodiscard]] std::size_t pending() const noexcept {
    return out_.size() - out_at_ + wire_.size() - wire_at_;
  }
  [[nodiscard]] bool wants_write() const noexcept { return wire_at_ < wire_.size(); }

 private:
  void on_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view body,
                const std::function<void(std::string_view)>& on_message);
  void on_settings(std::string_view body);
  void deframe(std::string_view body, const std::function<void(std::string_view)>& on_message);
  void frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view body);

  int fd_ = -1;
  bool ended_ = false;
  bool blocked_ = false;
  std::vector<char> in_;
  std::size_t in_size_ = 0;
  std::string partial_;  ///< of a gRPC message
  std::string out_;
  std::size_t out_at_ = 0;
  std::string wire_;
  std::size_t wire_at_ = 0;
  std::int64_t connection_window_ = 65'535;
  std::int64_t stream_window_ = 65'535;
  std::int64_t initial_window_ = 65'535;
  std::size_t max_frame_ = 16'384;
  std::size_t uncredited_ = 0;
};

}  // namespace slim::bench
