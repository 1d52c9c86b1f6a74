/// The bytes that generation D's header MAC covers (docs/protocol/wire.md 7).
#pragma once

#include <string>
#include <vector>

#include <slim/wire/message.hpp>

namespace slim::wire {

/// What comes first: the domain and the link's id. The same for every message of a link, so the
/// MAC keeps its state behind it.
[[nodiscard]] std::string mac_prefix(std::string_view link_id);

/// Whether the preimage states recv_from and forward_to as the header has them, as its sender
/// computed it, or as absent, as this node sends it on.
enum class HopFields : bool { absent, as_received };

/// Everything between prefix and ttl; replaces `out`. Reusing `out` saves the allocation. `names`
/// is what mac_names() made of the same names, if somebody has that.
void mac_body(const MessageView& view, ByteView message, HopFields hop, std::vector<Byte>& out,
              ByteView names = {});

/// The beginning of the body: source and destination. Replaces `out`.
void mac_names(const MessageView& view, ByteView message, std::vector<Byte>& out);

/// The end: the ttl that is transmitted.
struct MacTtl {
  Byte bytes[4];
  explicit MacTtl(std::uint32_t ttl) noexcept;
  [[nodiscard]] ByteView view() const noexcept { return bytes; }
};

inline constexpr std::size_t kMacSize = 32;

}  // namespace slim::wire
