/// A connected TCP socket that never blocks, plain or with TLS.
#pragma once

#include <cstddef>
#include <memory>
#include <sys/types.h>

#include <openssl/ssl.h>

#include "options.hpp"

namespace slim::bench {

/// Thread: one.
class Socket {
 public:
  /// Connects, and shakes hands if TLS is wanted. Throws std::runtime_error.
  explicit Socket(const Target& target);
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  [[nodiscard]] int fd() const noexcept { return fd_; }

  /// Bytes moved; kNone when nothing can be now, kEnd when the connection is over.
  [[nodiscard]] ssize_t read(char* out, std::size_t size);
  [[nodiscard]] ssize_t write(const char* bytes, std::size_t size);
  static constexpr ssize_t kEnd = 0;
  static constexpr ssize_t kNone = -1;

  /// Until there is something to read; false when nothing came in the time.
  [[nodiscard]] bool wait_readable(int milliseconds) const;

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };
  void handshake();
  [[nodiscard]] ssize_t outcome(int result);
  void acknowledge_now() const;

  int fd_ = -1;
  bool quick_ack_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

/// Where everything that is read goes first: one for all sockets, since each empties it at once.
struct ReadBuffer {
  static constexpr std::size_t kSize = 256 * 1024;
  [[nodiscard]] static char* data();
};

}  // namespace slim::bench
