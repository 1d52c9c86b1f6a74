/// A message as it leaves: the received bytes with the header fields that each hop states anew
/// (docs/protocol/wire.md 3.3). The payload is never touched: see MessageView::tail.
#pragma once

#include <slim/wire/message.hpp>

namespace slim::wire {

/// The fields that a node writes. recv_from and forward_to never leave a node.
struct HopHeader {
  /// Generation D only: the others do not count hops.
  std::uint32_t ttl = 0;
  std::uint64_t incoming_conn = 0;
  /// kMacSize bytes, or null for links without a MAC; generation D only.
  const Byte* mac = nullptr;
};

/// Sizes of the rewritten message, in bytes.
struct RewriteLayout {
  std::size_t header = 0;  ///< content of the header field
  std::size_t member = 0;  ///< content of the oneof member
  std::size_t head = 0;    ///< everything in front of the tail
  std::size_t total = 0;   ///< head and tail
};

/// Precondition, here and below: `view` was read from `message` and has a header.
[[nodiscard]] RewriteLayout layout(const MessageView& view, const HopHeader& hop) noexcept;

/// Writes the head, layout.head bytes; the tail follows it as it was received. Returns its end.
Byte* write_head(const MessageView& view, ByteView message, const HopHeader& hop,
                 const RewriteLayout& layout, Byte* out) noexcept;

}  // namespace slim::wire
