/// Where the admin listener listens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <slim/base/result.hpp>

namespace slim::admin {

inline constexpr std::string_view kDefaultListen = "127.0.0.1:46359";

struct Address {
  enum class Kind : std::uint8_t { off, tcp, unix_socket };
  Kind kind = Kind::off;
  std::string host;  ///< an address, without brackets; for Unix sockets the path
  std::uint16_t port = 0;

  [[nodiscard]] std::string text() const;
};

/// `host:port`, `[v6]:port`, `:port` for all interfaces, `unix:/path`, `off`. The error says what
/// is wrong, for people.
[[nodiscard]] base::Result<Address, std::string> parse_address(std::string_view text);

}  // namespace slim::admin
