/// A listening socket that accepts no faster than the node can serve.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <slim/base/result.hpp>
#include <slim/transport/endpoint.hpp>
#include <slim/transport/loop.hpp>
#include <slim/transport/stream.hpp>

namespace slim::transport {

/// A file descriptor that is closed unless somebody takes it. Thread: one at a time.
class UniqueFd {
 public:
  explicit UniqueFd(int fd = -1) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd();
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// What was accepted; any worker may make a connection of it.
struct Accepted {
  UniqueFd fd;
  PeerAddress peer;
  bool is_tcp = true;
};

/// Connections that may not be accepted yet wait in the kernel's backlog: published clients that
/// are turned away after the accept give up for good (docs/protocol/forwarding.md 12). Thread: its
/// loop's, but for local_port().
class Listener {
 public:
  struct Hooks {
    /// Whether one more connection may be accepted now. When it was false, poke() says that it may
    /// be true again.
    std::function<bool()> may_accept;
    std::function<void(Accepted)> on_accept;
    /// Accepting failed for want of descriptors or memory; it is tried again by itself.
    std::function<void(const std::string& error)> on_trouble;
  };
  /// Binds and listens; nothing is accepted before start(). The error is for people.
  [[nodiscard]] static base::Result<std::unique_ptr<Listener>, std::string> open(
      Loop& loop, const Endpoint& endpoint, Hooks hooks);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void start();
  void poke();
  /// Accepts what is in the backlog, whatever may_accept() says, and closes the socket.
  void close();
  /// The bound port, also where 0 was asked for; 0 for Unix sockets.
  [[nodiscard]] std::uint16_t local_port() const noexcept { return port_; }
  [[nodiscard]] const Endpoint& endpoint() const noexcept { return endpoint_; }

 private:
  struct Impl;
  Listener(std::shared_ptr<Impl> impl, Endpoint endpoint, std::uint16_t port);
  std::shared_ptr<Impl> impl_;
  Endpoint endpoint_;
  std::uint16_t port_;
};

}  // namespace slim::transport
