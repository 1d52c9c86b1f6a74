/// One HTTP/2 connection with gRPC streams on it (docs/protocol/wire.md 2).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/generic/stream_protocol.hpp>

#include <slim/base/counter.hpp>
#include <slim/transport/loop.hpp>
#include <slim/transport/stream.hpp>
#include <slim/transport/tls.hpp>

namespace slim::transport {

/// Limits and timers of one connection. Defaults are those of config/reference.yaml.
struct Http2Options {
  /// Bytes that a peer may send ahead on one stream, and on all together.
  std::uint32_t stream_window = 4 * 1024 * 1024;
  std::uint32_t connection_window = 16 * 1024 * 1024;
  /// Largest frame that is accepted, announced as SETTINGS_MAX_FRAME_SIZE.
  std::uint32_t max_frame_size = 1024 * 1024;
  std::uint32_t max_streams = 16;
  /// Decoded size of a header list, in bytes as RFC 9113 6.5.2 counts them.
  std::uint32_t max_header_list = 16 * 1024;
  std::uint32_t max_message = 4'194'304;

  base::Duration tls_timeout = std::chrono::seconds(10);
  base::Duration preface_timeout = std::chrono::seconds(3);
  /// From our SETTINGS to their acknowledgement.
  base::Duration settings_timeout = std::chrono::seconds(10);
  /// A connection without streams.
  base::Duration idle_timeout = std::chrono::seconds(60);
  /// From the request to the response headers; 0 waits for ever.
  base::Duration response_timeout{0};
  /// What may take a finished stream or connection to leave.
  base::Duration linger = std::chrono::seconds(2);
  /// 0 sends no PINGs.
  base::Duration keepalive_interval = std::chrono::seconds(120);
  base::Duration keepalive_timeout = std::chrono::seconds(20);
  bool keepalive_without_streams = true;
  /// After this a GOAWAY is sent; running streams go on. 0 for never.
  base::Duration max_age = std::chrono::hours(2);

  /// Control frames (PING, SETTINGS, PRIORITY, RST_STREAM, empty DATA, unknown ones) that may come
  /// at once and each second.
  std::uint32_t control_frames_burst = 2000;
  std::uint32_t control_frames_rate = 200;
};

/// How a TLS handshake ended.
enum class TlsResult : std::uint8_t {
  ok,
  closed_early,  ///< the other side left before it was over, as probes do
  failed,
  timeout,
};
inline constexpr std::size_t kTlsResults = 4;
/// The label of metrics.
[[nodiscard]] std::string_view to_string(TlsResult result) noexcept;

/// What a worker counts of its connections. Thread: counted by the owner worker, read by any.
struct TransportCounters {
  base::Counter connections_accepted;
  base::Counter connections_dialled;
  base::Counter connections_open;
  base::Counter bytes_received;
  base::Counter bytes_sent;
  /// Requests answered without a stream: unknown methods, not gRPC.
  base::Counter requests_refused;
  /// TLS handshakes as server and as client.
  std::array<std::array<base::Counter, kTlsResults>, 2> tls_handshakes;
  std::array<base::Counter, kCloseReasons> connections_closed;
  std::array<base::Counter, kCloseReasons> streams_closed;
};

class Connection;

/// Who accepted or dialled a connection. Thread: the connection's worker.
class ConnectionOwner {
 public:
  ConnectionOwner() = default;
  ConnectionOwner(const ConnectionOwner&) = delete;
  ConnectionOwner& operator=(const ConnectionOwner&) = delete;

  struct Request {
    std::string_view path;
    const PeerAddress& peer;
  };
  /// Either a handler, which then owns the stream's events, or a status.
  struct Answer {
    StreamHandler* handler = nullptr;
    GrpcStatus refusal;
  };
  /// A gRPC request arrived; its response headers go out at once.
  [[nodiscard]] virtual Answer on_request(MessageStream& stream, const Request& request) = 0;
  /// The peer has proved that it speaks HTTP/2: the handshake is over.
  virtual void on_ready(Connection& connection) = 0;
  /// The last call. `detail` is for people, often empty.
  virtual void on_end(Connection& connection, CloseReason reason, const std::string& detail) = 0;

 protected:
  ~ConnectionOwner() = default;
};

/// Thread: owner worker. Keeps itself alive while something is outstanding on the loop.
class Connection {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  struct Setup {
    Loop& loop;
    const Http2Options& options;  ///< copied
    TransportCounters& counters;
    ConnectionOwner& owner;
    Socket socket;
    PeerAddress peer;
    bool is_tcp = true;
    /// Null for plain text; must outlive the connection.
    std::shared_ptr<const TlsContext> tls;
  };
  /// Takes over an accepted socket.
  [[nodiscard]] static std::shared_ptr<Connection> serve(Setup setup);

  struct Target {
    std::string authority;
    std::string path;
    std::string server_name;  ///< what the certificate must name
    std::string user_agent;
    /// Further headers, lower-case names.
    std::vector<std::pair<std::string, std::string>> headers;
  };
  /// Takes over a connected socket and opens one stream on it for `handler`; when that ends, the
  /// connection does.
  [[nodiscard]] static std::shared_ptr<Connection> dial(Setup setup, const Target& target,
                                                        StreamHandler& handler);

  /// The stream of dial(); null on served connections and after its end.
  [[nodiscard]] virtual MessageStream* dialled_stream() noexcept = 0;
  /// Announces that no new streams are taken; running ones go on.
  virtual void go_away() = 0;
  /// Ends everything; streams' handlers are told `reason`. What was written may still leave.
  virtual void close(CloseReason reason) = 0;
  [[nodiscard]] virtual const PeerAddress& peer() const noexcept = 0;
  [[nodiscard]] virtual std::size_t streams() const noexcept = 0;

 protected:
  ~Connection() = default;
};

}  // namespace slim::transport
