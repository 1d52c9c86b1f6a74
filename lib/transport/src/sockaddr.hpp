/// Socket addresses as text and back.
#pragma once

#include <string>
#include <sys/socket.h>
#include <vector>

#include <slim/base/result.hpp>
#include <slim/transport/endpoint.hpp>

namespace slim::transport {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const noexcept {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
  [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

/// `1.2.3.4:5`, `[::1]:5`, or `unix`.
[[nodiscard]] std::string to_text(const SocketAddress& address);
[[nodiscard]] std::uint16_t port_of(const SocketAddress& address) noexcept;

/// Where to bind. Host names are resolved, which may wait for a name server: at start only.
[[nodiscard]] base::Result<SocketAddress, std::string> resolve_local(const Endpoint& endpoint);
[[nodiscard]] SocketAddress unix_address(const std::string& path);

}  // namespace slim::transport
