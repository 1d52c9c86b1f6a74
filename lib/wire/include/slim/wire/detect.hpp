/// Which generation a peer speaks, from the path of its stream and its first message
/// (docs/protocol/wire.md 13.1).
#pragma once

#include <optional>

#include <slim/wire/message.hpp>

namespace slim::wire {

/// The service of the stream: kPubSubPath or kDataPlanePath.
enum class PathKind : std::uint8_t { pubsub, dataplane };

/// Why a first message ends the stream: no generation reads it, or none begins with it.
enum class DetectError : std::uint8_t {
  none,
  malformed,
  wire_type,
  utf8,
  repeated,
  ack_first,  ///< a SubscriptionAck, which answers what nobody sent
};
[[nodiscard]] std::string_view to_string(DetectError error) noexcept;

/// What a first message tells. Neither a generation nor an error: it tells nothing, and every
/// generation ignores it; the next message may tell.
struct Detection {
  std::optional<Generation> generation;
  /// The message is a Link: D's negotiation, or the request of a C peer of release 1.3 or 1.4,
  /// which is valid and wants its reply. A D peer that did not send one violates its protocol: D's
  /// negotiation refuses the message.
  bool has_link = false;
  DetectError error = DetectError::none;

  [[nodiscard]] bool undecided() const noexcept {
    return !generation && error == DetectError::none;
  }
};

/// The decision holds for the whole stream. It says how to read the message, not that it can be
/// read: that is for decode(). WebSocket streams need none: they are always D.
/// Cost: one pass over the outer fields, no allocation.
[[nodiscard]] Detection detect(PathKind path, ByteView first_message) noexcept;

/// Which of A's dialects a peer speaks, as far as this message shows: by the session header of a
/// Publish, by the hashes of a Subscribe, which has the strings too, or by a Name without id.
/// nullopt: it does not show. Precondition: decode_a() accepted `message`. Allocates: not for each
/// message.
[[nodiscard]] std::optional<Dialect> dialect_of_a(const MessageView& view, ByteView message);

}  // namespace slim::wire
