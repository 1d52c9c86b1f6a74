/// HTTP/2 by nghttp2 on a channel, with gRPC streams on top.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <nghttp2/nghttp2.h>

#include <slim/transport/connection.hpp>

#include "channel.hpp"
#include "frame_budget.hpp"
#include "grpc_stream.hpp"
#include "stream_ids.hpp"

namespace slim::transport {

/// Life: handshake (TLS) → open (HTTP/2) → leaving (what is queued goes out, nothing new is looked
/// at) → closed. Thread: owner worker.
class Http2Connection final : public Connection,
                              public std::enable_shared_from_this<Http2Connection>,
                              private TurnTask {
 public:
  enum class Role : bool { server, client };
  Http2Connection(Role role, Setup setup);
  ~Http2Connection() override;

  void start();
  void start(const Target& target, StreamHandler& handler);

  // Connection
  [[nodiscard]] MessageStream* dialled_stream() noexcept override;
  void go_away() override;
  void close(CloseReason reason) override;
  [[nodiscard]] const PeerAddress& peer() const noexcept override { return peer_; }
  [[nodiscard]] std::size_t streams() const noexcept override { return streams_.size(); }

  // For streams.
  void wants_flush();
  void consumed(std::int32_t stream, std::size_t bytes);
  void stream_finishing(GrpcStream& stream);
  void answer_refused(GrpcStream& stream);
  void count_stream_end(CloseReason reason);
  [[nodiscard]] std::size_t unsent() const noexcept { return wire_.size(); }
  /// The block that what arrives lies in; null when it lies nowhere in particular.
  [[nodiscard]] const base::SharedBytes* read_block() const noexcept { return read_block_; }

 private:
  enum class State : std::uint8_t { handshake, open, leaving, closed };
  struct Callbacks;  // nghttp2's, in http2_callbacks.cpp
  friend struct Callbacks;
  struct FreeSession {
    void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
  };

  // I/O
  void continue_handshake();
  void count_handshake(TlsResult result) noexcept;
  void wait_readable();
  void on_readable();
  void feed(base::ByteView bytes);
  void discard();
  void end_of_turn() override;
  /// Moves frames to the socket until it blocks; false when the connection failed.
  bool flush();
  void wait_writable();

  // HTTP/2
  void open_session();
  void on_peer_settings();
  void on_request(GrpcStream& stream);
  void on_response(GrpcStream& stream);
  void on_trailers(GrpcStream& stream);
  void on_stream_closed(std::int32_t id, std::uint32_t error);
  void refuse_http(GrpcStream& stream);
  void after_linger(const GrpcStream& stream, void (*then)(Http2Connection&, GrpcStream&));
  void submit_trailers(nghttp2_session* session, GrpcStream& stream);
  void respond(GrpcStream& stream);
  [[nodiscard]] GrpcStream* find(std::int32_t id) noexcept;
  [[nodiscard]] GrpcStream& add_stream(std::int32_t id);

  // Timers
  void set_timer(base::TimerId& timer, base::Duration delay, void (Http2Connection::*expired)());
  void cancel_timers();
  void watch_idle();
  void send_ping();
  void pong_received();
  void ping_timed_out() { violation(CloseReason::keepalive_timeout); }
  void preface_timed_out() { violation(CloseReason::preface_timeout); }
  void settings_timed_out();
  void tls_timed_out() {
    count_handshake(TlsResult::timeout);
    leave(CloseReason::tls_timeout, {});
  }
  void response_timed_out() { violation(CloseReason::response_timeout); }
  void idle_timed_out();
  void too_old() { go_away(); }

  // End
  /// More than useful work needs: GOAWAY; the connection ends once nghttp2 has returned.
  void refuse_peer(CloseReason reason);
  /// The peer broke a rule: GOAWAY with `error`, then leave.
  void violation(CloseReason reason, std::uint32_t error = NGHTTP2_NO_ERROR);
  void leave(CloseReason reason, const std::string& detail);
  void finish_leaving();
  [[nodiscard]] bool send_frames();
  void close_now();

  static constexpr std::int32_t kDialledStream = 1;
  /// Streams that may be reset at once and each second; a link is one stream for hours.
  static constexpr std::uint32_t kResetBurst = 100;
  static constexpr std::uint32_t kResetRate = 10;

  Role role_;
  Loop& loop_;
  Http2Options options_;
  TransportCounters& counters_;
  ConnectionOwner& owner_;
  PeerAddress peer_;
  std::shared_ptr<const TlsContext> tls_;
  std::unique_ptr<Channel> channel_;
  bool is_tcp_;
  State state_ = State::handshake;
  CloseReason reason_ = CloseReason::none;
  std::string detail_;

  std::unique_ptr<nghttp2_session, FreeSession> session_;
  std::map<std::int32_t, GrpcStream> streams_;
  Target target_;
  ByteQueue wire_;
  const base::SharedBytes* read_block_ = nullptr;  ///< what is being fed lies there
  FrameBudget budget_;
  FrameBudget resets_{kResetBurst, kResetRate};
  FrameBudget own_resets_{kResetBurst, kResetRate};
  StreamIds stream_ids_;
  bool going_away_ = false;  ///< GOAWAY was sent; ends with its last stream
  bool is_ready_ = false;    ///< the peer's SETTINGS arrived
  bool waits_to_write_ = false;
  bool inside_ = false;  ///< nghttp2 is calling us: it must not be called
  bool output_ended_ = false;
  bool received_ = false;       ///< anything, since the last look of the keepalive
  bool awaiting_pong_ = false;  ///< one PING at a time: ping_timer_ runs for it

  base::TimerId setup_timer_{};  ///< TLS handshake, then preface
  base::TimerId settings_timer_{};
  base::TimerId idle_timer_{};
  base::TimerId keepalive_timer_{};
  base::TimerId ping_timer_{};
  base::TimerId age_timer_{};
  base::TimerId linger_timer_{};
  base::TimerId response_timer_{};
};

}  // namespace slim::transport
