#include <array>

#include <slim/transport/close_reason.hpp>
#include <slim/transport/connection.hpp>

namespace slim::transport {

std::string_view to_string(CloseReason reason) noexcept {
  // In the order of the enum.
  static constexpr std::array<std::string_view, kCloseReasons> kNames{
      "none",
      "peer_closed",
      "peer_reset",
      "peer_refused",
      "connection_lost",
      "connect_failed",
      "connect_timeout",
      "tls_timeout",
      "preface_timeout",
      "response_timeout",
      "negotiation_timeout",
      "idle_timeout",
      "keepalive_timeout",
      "settings_timeout",
      "tls_failed",
      "bad_preface",
      "http2_error",
      "http2_flood",
      "bad_request",
      "headers_too_large",
      "compressed_message",
      "message_too_large",
      "undecodable_message",
      "negotiation_failed",
      "self_connection",
      "deployment_mismatch",
      "slow_receiver",
      "control_overflow",
      "uplink_cycle",
      "drain",
      "admin",
      "replaced",
      "node_limit",
      "internal",
  };
  static_assert(kNames.back() == "internal");
  return kNames[static_cast<std::size_t>(reason)];
}

std::string_view to_string(TlsResult result) noexcept {
  constexpr std::array<std::string_view, kTlsResults> kNames{"ok", "closed_early", "failed",
                                                             "timeout"};
  return kNames[static_cast<std::size_t>(result)];
}

}  // namespace slim::transport
