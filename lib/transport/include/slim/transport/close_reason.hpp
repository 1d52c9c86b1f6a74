/// Why a connection or a stream on it ended. Every end has exactly one, logged and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace slim::transport {

enum class CloseReason : std::uint8_t {
  none,  ///< still open

  // The other side, or the path to it.
  peer_closed,      ///< it ended the stream or the connection in good order
  peer_reset,       ///< it reset the stream
  peer_refused,     ///< it answered the stream with an error status or HTTP status
  connection_lost,  ///< the socket failed
  connect_failed,   ///< it could not be reached

  // It took too long.
  connect_timeout,
  tls_timeout,
  preface_timeout,      ///< no HTTP/2 preface and SETTINGS in time
  response_timeout,     ///< no response headers to our request in time
  negotiation_timeout,  ///< no link negotiation in time
  idle_timeout,         ///< a connection without streams
  keepalive_timeout,    ///< a PING was not answered
  settings_timeout,     ///< our SETTINGS were not acknowledged

  // It did what it must not.
  tls_failed,
  bad_preface,  ///< not HTTP/2: HTTP/1.1, TLS to a plain port, garbage
  http2_error,  ///< a violation of RFC 9113
  http2_flood,  ///< more control frames than useful work needs
  bad_request,  ///< not a gRPC request for our method
  headers_too_large,
  compressed_message,  ///< no compression was offered
  message_too_large,
  undecodable_message,
  negotiation_failed,  ///< link negotiation broke the rules or could not derive a key
  self_connection,
  deployment_mismatch,

  // It cannot keep up.
  slow_receiver,
  control_overflow,  ///< it did not take its subscriptions and acknowledgements
  uplink_cycle,      ///< names that were sent up came back: messages would too

  // Our own decision.
  drain,
  admin,
  replaced,    ///< configuration no longer has it
  node_limit,  ///< no link index was left
  internal,    ///< an invariant of ours did not hold
};
inline constexpr std::size_t kCloseReasons = static_cast<std::size_t>(CloseReason::internal) + 1;

/// The name in logs and the label of counters.
[[nodiscard]] std::string_view to_string(CloseReason reason) noexcept;

}  // namespace slim::transport
