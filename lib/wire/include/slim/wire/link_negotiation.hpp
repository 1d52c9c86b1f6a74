/// The first message of every generation D stream, both ways (docs/protocol/wire.md 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <slim/wire/message.hpp>

namespace slim::wire {

/// Values as on the wire.
enum class ConnectionType : std::uint8_t { remote = 0, peer = 1, edge = 2 };

struct LinkNegotiation {
  std::string link_id;
  std::string version;
  bool is_reply = false;
  std::string public_key;  ///< X25519, 32 bytes, or empty
  /// Unknown values are read as remote.
  ConnectionType connection_type = ConnectionType::remote;
  std::string node_id;
  std::string deployment;
  std::optional<std::string> kem;
};

/// The payload of a Link message; nullopt when it has none. Precondition: decode_d() accepted
/// `message` and found a Link.
[[nodiscard]] std::optional<LinkNegotiation> decode_link(ByteView message, const MessageView& view);

/// A whole message.
[[nodiscard]] std::string encode_link(const LinkNegotiation& link);

/// Strict semantic versioning 2.0.0: the major number, or nullopt.
[[nodiscard]] std::optional<std::uint64_t> semver_major(std::string_view version) noexcept;

}  // namespace slim::wire
