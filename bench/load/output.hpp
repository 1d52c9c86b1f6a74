/// What a connection has to send: set-up and protocol answers, and the ring of publishes.
#pragma once

#include <string>

#include "publish_ring.hpp"
#include "socket.hpp"

namespace slim::bench {

/// Thread: one.
class Output {
 public:
  explicit Output(Socket& socket) : socket_(socket) {}

  /// Whole frames or lines to be appended; they go out between publishes.
  [[nodiscard]] std::string& control() noexcept { return control_; }
  [[nodiscard]] std::size_t control_left() const noexcept { return control_.size() - control_at_; }
  [[nodiscard]] PublishRing& ring() noexcept { return ring_; }

  /// Writes what the socket takes. False when the connection is over.
  bool flush() {
    while (true) {
      const bool is_control = control_left() > 0 && !ring_.midway();
      const std::string_view bytes =
          is_control ? std::string_view(control_).substr(control_at_) : ring_.pending();
      if (bytes.empty()) return true;
      const ssize_t n = socket_.write(bytes.data(), bytes.size());
      if (n == Socket::kNone) return true;
      if (n == Socket::kEnd) return false;
      if (is_control) {
        took_control(static_cast<std::size_t>(n));
      } else {
        ring_.sent(static_cast<std::size_t>(n));
      }
    }
  }
  [[nodiscard]] bool wants_write() const noexcept {
    return control_left() > 0 || !ring_.pending().empty();
  }

 private:
  void took_control(std::size_t size) {
    control_at_ += size;
    if (control_at_ < control_.size()) return;
    control_.clear();
    control_at_ = 0;
  }

  Socket& socket_;
  std::string control_;
  std::size_t control_at_ = 0;
  PublishRing ring_;
};

}  // namespace slim::bench
