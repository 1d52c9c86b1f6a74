/// Messages that a node makes itself: subscription acks, the subscriptions it announces, and those
/// it makes as an application of another node does.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

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
/// same header but for the hop fields, and this id; 0 leaves it out. Metadata stays behind. A and B
/// have no such id: there the strings follow the header.
[[nodiscard]] std::string restate_subscription(const MessageView& view, ByteView message,
                                               std::uint64_t subscription_id, const HopHeader& hop);

/// The Name message of generation D.
[[nodiscard]] std::string encode_name(const name::Name& name);

/// A subscription as an application states it to its node. Lifetime: that of what it refers to.
struct SubscriptionRequest {
  Kind kind = Kind::subscribe;  ///< or unsubscribe
  const name::Name& name;
  const name::Name& source;
  /// The sender's token; 0.3 has no place for it.
  std::string_view identity = {};
  /// C from 1.3 on and D; 0 wants no ack.
  std::uint64_t subscription_id = 0;
};

/// A whole message without hop fields; D's with the ttl of an original message, and to be signed by
/// its link. Releases before 0.7 work out a subscription's hashes from its strings, so these are
/// what counts there, in 0.3 with that release's function; C and D get the hashes of the names.
/// nullopt: an id that has no 64-bit form, in the generations before D; see fits_64_bits().
[[nodiscard]] std::optional<std::string> encode_subscription(Dialect dialect,
                                                             const SubscriptionRequest& request);

/// Hops that an original message of generation D may take.
inline constexpr std::uint32_t kInitialTtl = 8;

/// Whether an id exists in the generations before D as it is.
[[nodiscard]] constexpr bool fits_64_bits(const name::InstanceId& id) noexcept {
  return id.is_wildcard() || (id.high == 0 && id.low != ~std::uint64_t{0});
}

/// The hashes by which a dialect routes a name of these parts.
[[nodiscard]] name::Hashes hashes_of(Dialect dialect, const std::array<std::string, 3>& parts);

/// The Name message of a dialect, by the hashes it is given. Precondition: dialect d, or an id that
/// fits_64_bits().
[[nodiscard]] std::string encode_name(Dialect dialect, const name::Name& name);

/// The name in a header, with its strings. Precondition: decode() accepted `message`.
[[nodiscard]] name::Name to_name(const NameView& view, ByteView message);

}  // namespace slim::wire
