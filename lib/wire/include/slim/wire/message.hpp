/// What forwarding needs to know of a message, read in place (docs/protocol/wire.md 3, 10 to 12).
///
/// A view holds offsets into the message's bytes and no bytes, so it stays valid when the bytes
/// move, and it is passed between workers by value.
#pragma once

#include <cstdint>
#include <string_view>

#include <slim/base/bytes.hpp>
#include <slim/name/instance_id.hpp>
#include <slim/name/name.hpp>
#include <slim/wire/generation.hpp>

namespace slim::wire {

using base::Byte;
using base::ByteView;

/// A range of a message's bytes.
struct Span {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;

  [[nodiscard]] ByteView in(ByteView message) const noexcept {
    return message.subspan(offset, size);
  }
  [[nodiscard]] std::string_view text_in(ByteView message) const noexcept {
    return base::as_text(in(message));
  }
  [[nodiscard]] std::uint32_t end() const noexcept { return offset + size; }
};

/// The member of the message's oneof; the values are the field numbers of every generation.
enum class Kind : std::uint8_t {
  none = 0,
  subscribe = 1,
  unsubscribe = 2,
  publish = 3,
  link = 5,
  subscription_ack = 6,
};
[[nodiscard]] std::string_view to_string(Kind kind) noexcept;

/// A 64-bit id of the generations before D among D's: zero-extended, the wildcard stays one.
[[nodiscard]] constexpr name::InstanceId widened(std::uint64_t id) noexcept {
  return id == ~std::uint64_t{0} ? name::InstanceId::wildcard() : name::InstanceId{0, id};
}

struct NameView {
  bool present = false;      ///< the Name itself
  bool has_encoded = false;  ///< hashes and id; A and B have nothing else in a Name
  bool has_id = false;       ///< absence routes like a value but is not the same bytes
  /// C and D: in the Name. A and B: of the destination only, from a Subscribe (B: and Unsubscribe).
  bool has_strings = false;
  name::Hashes hashes{};
  /// Absent: the wildcard in A and D, 0 in B and C.
  name::InstanceId id;
  Span strings[3];
};

struct HeaderView {
  bool present = false;
  bool has_error = false;
  bool error = false;
  bool has_recv_from = false;
  bool has_forward_to = false;
  bool has_mac = false;
  NameView source;
  NameView destination;
  Span identity;  ///< C and D; A and B have it in the metadata, if at all
  Span mac;
  std::uint32_t fanout = 0;
  std::uint32_t ttl = 0;
  std::uint64_t recv_from = 0;
  std::uint64_t forward_to = 0;
  std::uint64_t incoming_conn = 0;

  /// The parts of the header that travel on unchanged, in order: all but the fields that every
  /// node rewrites (ttl, recv_from, forward_to, incoming_conn, header_mac).
  static constexpr std::size_t kMaxKept = 4;
  Span kept[kMaxKept];
  std::uint8_t kept_count = 0;
};

struct MessageView {
  Generation generation = Generation::d;
  Kind kind = Kind::none;
  bool has_session = false;
  bool names_known = false;  ///< the names came from KnownNames
  HeaderView header;
  /// The bytes before the chosen member's tag, and those of its content.
  Span before_member;
  Span member;
  /// The bytes of the member's content in front of the header's tag.
  Span before_header;
  /// Everything behind the header, to the end of the message: payload and metadata, never touched.
  Span tail;
  std::uint64_t subscription_id = 0;
};

class KnownNames;

/// Why bytes are not a message. Each ends the stream, as it does in the public node.
enum class DecodeError : std::uint8_t {
  none,
  malformed,  ///< cut short, bad varint, tag or length
  wire_type,  ///< a known field with the wrong wire type
  utf8,       ///< a string that is not UTF-8
  repeated,   ///< two values for what can have one: decoders would merge or pick, we do not guess
};
[[nodiscard]] std::string_view to_string(DecodeError error) noexcept;

/// Reads a message and checks all of it, so that no receiver of its generation can fail to decode
/// what this node passes on: nested fields, wire types, UTF-8. Unknown fields are kept and skipped.
/// `message` is at most kMaxMessageSize long. On error `view` is unspecified.
/// Cost: one pass, no allocation.
[[nodiscard]] DecodeError decode_a(ByteView message, MessageView& view) noexcept;
[[nodiscard]] DecodeError decode_b(ByteView message, MessageView& view) noexcept;
[[nodiscard]] DecodeError decode_c(ByteView message, MessageView& view) noexcept;
[[nodiscard]] DecodeError decode_d(ByteView message, MessageView& view) noexcept;
/// Names that `names` knows are taken from there.
[[nodiscard]] DecodeError decode(Generation generation, ByteView message, MessageView& view,
                                 const KnownNames* names = nullptr) noexcept;

/// The text that docs/protocol/wire.md 3.1 gives for the first thing that is missing; empty when
/// nothing is. Publish, Subscribe and Unsubscribe only. What makes a receiver of C or D abort
/// counts as missing; the names of A and B have no strings, so none are missed there.
[[nodiscard]] std::string_view missing_part(const MessageView& view) noexcept;

}  // namespace slim::wire
