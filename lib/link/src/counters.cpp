#include <slim/link/counters.hpp>

namespace slim::link {

std::string_view to_string(Direction direction) noexcept {
  return direction == Direction::inbound ? "inbound" : "outbound";
}

std::string_view to_string(NegotiationResult result) noexcept {
  constexpr std::array<std::string_view, kNegotiationResults> kNames{
      "ok", "not_offered", "timeout", "invalid", "self", "domain_mismatch"};
  return kNames[static_cast<std::size_t>(result)];
}

std::string_view to_string(DialResult result) noexcept {
  constexpr std::array<std::string_view, kDialResults> kNames{
      "ok", "unreachable", "timeout", "tls", "http", "auth", "negotiation", "other"};
  return kNames[static_cast<std::size_t>(result)];
}

std::string_view to_string(ReconnectResult result) noexcept {
  constexpr std::array<std::string_view, kReconnectResults> kNames{"started", "ok", "gave_up",
                                                                   "cancelled"};
  return kNames[static_cast<std::size_t>(result)];
}

}  // namespace slim::link
