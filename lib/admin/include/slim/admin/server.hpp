/// The admin listener: HTTP/1.1 on a thread of its own, so that whoever asks slowly, much or
/// wrongly costs the data plane nothing.
///
///   admin::Server server(address, {}, handler);  // bound; throws BindError
///   server.start();
///   ...
///   server.stop();
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

#include <slim/admin/address.hpp>
#include <slim/admin/http.hpp>
#include <slim/base/clock.hpp>

namespace slim::admin {

class BindError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ServerLimits {
  /// One more makes the connection go that has waited longest for a request.
  std::size_t connections = 16;
  /// Of the request line and the headers, in bytes.
  std::size_t header_bytes = 8 * 1024;
  /// For each: a whole request, an answer from the handler, and taking the answer.
  base::Duration timeout = std::chrono::seconds(5);
};

/// Thread: the constructor, start(), stop() and the destructor belong to one. A Respond may come
/// from any thread while the server exists, also after stop().
class Server {
 public:
  /// Binds; nobody is answered before start(). Throws BindError.
  Server(const Address& address, ServerLimits limits, Handler handler);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  void start();
  /// Closes the listener and all connections; the handler is not called any more.
  void stop();
  /// As bound; 0 for Unix sockets.
  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace slim::admin
