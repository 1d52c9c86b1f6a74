/// The first message of every generation D stream, both ways (docs/protocol/wire.md 4), and its
/// forerunner of releases 1.3 and 1.4, which has the first three fields (10.3).
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

/// The payload of a Link message; nullopt when it has none. Of generation C's the fields that it
/// does not know are left alone. Precondition: decode_c() or decode_d() accepted `message` and
/// found a Link.
[[nodiscard]] std::optional<LinkNegotiation> decode_link(ByteView message, const MessageView& view);

/// A whole message.
[[nodiscard]] std::string encode_link(const LinkNegotiation& link);
/// A whole message of generation C: link_id, version and is_reply.
[[nodiscard]] std::string encode_link_c(const LinkNegotiation& link);

/// Whether an acceptor of generation C answers this: a request whose link_id is a UUID of version 4
/// and whose version is semantic. It ignores all others, without an error; so does it ignore every
/// request behind the first that is valid, which is for the caller to know.
[[nodiscard]] bool is_valid_request_c(const LinkNegotiation& link) noexcept;
/// Whether a dialler of generation C takes this for the answer to its request. It ignores others,
/// and every reply behind the first.
[[nodiscard]] bool is_valid_reply_c(const LinkNegotiation& link, std::string_view own_id) noexcept;

/// A UUID of version 4 in one of the forms that public nodes read: hyphenated, in braces, as a URN,
/// or 32 digits; either case.
[[nodiscard]] bool is_uuid_v4(std::string_view text) noexcept;

/// Strict semantic versioning 2.0.0: the major number, or nullopt.
[[nodiscard]] std::optional<std::uint64_t> semver_major(std::string_view version) noexcept;

}  // namespace slim::wire
