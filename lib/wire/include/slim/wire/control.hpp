/// Messages that a node makes itself: subscription acks and the subscriptions it announces.
#pragma once

#include <string>

#include <slim/name/name.hpp>
#include <slim/wire/message.hpp>
#include <slim/wire/rewrite.hpp>

namespace slim::wire {

struct SubscriptionAck {
  std::uint64_t subscription_id = 0;
  bool success = false;
  std::string error;  ///< empty on success
};

/// Precondition: decode_d() accepted `message` and found a SubscriptionAck.
[[nodiscard]] SubscriptionAck decode_ack(ByteView message, const MessageView& view);
/// A whole message; the same bytes in generations C and D.
[[nodiscard]] std::string encode_ack(const SubscriptionAck& ack);

/// A Subscribe or Unsubscribe that a generation D node sends by itself: source and destination are
/// the name, no identity, fanout 1, no MAC (docs/protocol/forwarding.md 9.2).
[[nodiscard]] std::string encode_announcement(Kind kind, const name::Name& name,
                                              std::uint64_t subscription_id, std::uint32_t ttl);

/// A received Subscribe or Unsubscribe as this node sends it on by order of an application: the
/// same header but for the hop fields, and this id; 0 leaves it out. Metadata stays behind.
[[nodiscard]] std::string restate_subscription(const MessageView& view, ByteView message,
                                               std::uint64_t subscription_id, const HopHeader& hop);

/// The Name message of generation D.
[[nodiscard]] std::string encode_name(const name::Name& name);

/// The name in a header, with its strings. Precondition: decode_d() accepted `message`.
[[nodiscard]] name::Name to_name(const NameView& view, ByteView message);

}  // namespace slim::wire
