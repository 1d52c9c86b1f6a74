/// The four incompatible encodings of the data plane (docs/protocol/wire.md 1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace slim::wire {

/// A: up to 0.5, B: 0.6, C: 0.7 to 1.4, D: 2.x and 3.x.
enum class Generation : std::uint8_t { a, b, c, d };

[[nodiscard]] constexpr std::string_view to_string(Generation generation) noexcept {
  constexpr std::string_view kNames[] = {"0.3-0.5", "0.6", "0.7-1.4", "2.x-3.x"};
  return kNames[static_cast<std::size_t>(generation)];
}

/// A generation, with the two apart that share A's encoding but neither its name hashes nor the
/// meaning of its session header: 0.3 and 0.4 to 0.5.
enum class Dialect : std::uint8_t { a3, a5, b, c, d };

[[nodiscard]] constexpr Generation generation_of(Dialect dialect) noexcept {
  constexpr Generation kGenerations[] = {Generation::a, Generation::a, Generation::b, Generation::c,
                                         Generation::d};
  return kGenerations[static_cast<std::size_t>(dialect)];
}

/// gRPC paths of the one method: generations B, C and D, and generation A.
inline constexpr std::string_view kDataPlanePath =
    "/dataplane.proto.v1.DataPlaneService/OpenChannel";
inline constexpr std::string_view kPubSubPath = "/pubsub.proto.v1.PubSubService/OpenChannel";

/// Largest protobuf message of any generation, in bytes, both ways.
inline constexpr std::size_t kMaxMessageSize = 4'194'304;

/// The protocol release that this node implements, as generation D announces it in link
/// negotiation; the build metadata tells whose implementation it is.
inline constexpr std::string_view kProtocolVersion = "3.4.6+slimd";
/// The same towards generation C. A major below 2 is what tells its peers that this is not D.
inline constexpr std::string_view kProtocolVersionC = "1.4.0";

/// The metadata key under which 0.4 to 0.6 carry what later is the header's identity.
inline constexpr std::string_view kIdentityKey = "SLIM_IDENTITY";

}  // namespace slim::wire
