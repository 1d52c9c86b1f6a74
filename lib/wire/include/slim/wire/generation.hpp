/// The four incompatible encodings of the data plane (docs/protocol/wire.md 1).
#pragma once

#include <cstdint>
#include <string_view>

namespace slim::wire {

/// A: up to 0.5, B: 0.6, C: 0.7 to 1.4, D: 2.x and 3.x.
enum class Generation : std::uint8_t { a, b, c, d };

[[nodiscard]] constexpr std::string_view to_string(Generation generation) noexcept {
  constexpr std::string_view kNames[] = {"0.3-0.5", "0.6", "0.7-1.4", "2.x-3.x"};
  return kNames[static_cast<std::size_t>(generation)];
}

/// gRPC paths of the one method.
inline constexpr std::string_view kDataPlanePath =
    "/dataplane.proto.v1.DataPlaneService/OpenChannel";

/// Largest protobuf message of any generation, in bytes, both ways.
inline constexpr std::size_t kMaxMessageSize = 4'194'304;

/// The protocol release that this node implements, as generation D announces it in link
/// negotiation; the build metadata tells whose implementation it is.
inline constexpr std::string_view kProtocolVersion = "3.4.6+slimd";

}  // namespace slim::wire
