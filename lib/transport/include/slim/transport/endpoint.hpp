/// Where a listener listens or a dialler dials (docs/protocol/config.md 6.1 and 7.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <slim/base/result.hpp>

namespace slim::transport {

enum class EndpointKind : std::uint8_t { tcp, unix_socket };

struct Endpoint {
  EndpointKind kind = EndpointKind::tcp;
  std::string host;  ///< name or address without brackets; for Unix sockets the path
  std::uint16_t port = 0;
  bool tls = false;  ///< what a dialler's scheme asks for; a listener's TLS has its own key
  std::string text;  ///< as configured, for logs and comparison
};

/// `IP:PORT`, `[v6]:PORT`, `host:port`, `http(s)://…` or `unix://PATH`; `tls_on` is what the
/// entry's `tls` says, which a scheme must not contradict. The error says what is wrong, for
/// people.
[[nodiscard]] base::Result<Endpoint, std::string> parse_listen_endpoint(std::string_view text,
                                                                        bool tls_on);
/// `http(s)://host[:port]`, `unix://PATH`, or bare `host:port`, which is taken as https where TLS
/// is on and as http where it is not.
[[nodiscard]] base::Result<Endpoint, std::string> parse_dial_endpoint(std::string_view text,
                                                                      bool tls_on);

}  // namespace slim::transport
