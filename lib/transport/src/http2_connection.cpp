#include "http2_connection.hpp"

#include <array>
#include <charconv>

#include "grpc_text.hpp"
#include "http2_callbacks.hpp"

namespace slim::transport {
namespace {

constexpr std::string_view kGrpcContentType = "application/grpc";

nghttp2_nv field(std::string_view name, std::string_view value) {
  auto* n = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
  auto* v = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
  return {n, v, name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

/// `application/grpc`, also with a suffix or parameters.
bool is_grpc(std::string_view content_type) {
  if (!content_type.starts_with(kGrpcContentType)) return false;
  const std::string_view rest = content_type.substr(kGrpcContentType.size());
  return rest.empty() || rest[0] == '+' || rest[0] == ';';
}

/// What a gRPC client makes of an HTTP status (the mapping that gRPC documents).
int status_of_http(std::string_view http) {
  constexpr int kInternal = 13, kUnauthenticated = 16, kUnknown = 2;
  if (http == "400") return kInternal;
  if (http == "401") return kUnauthenticated;
  if (http == "403") return GrpcStatus::kPermissionDenied;
  if (http == "404") return GrpcStatus::kUnimplemented;
  if (http == "429" || http == "502" || http == "503" || http == "504") {
    return GrpcStatus::kUnavailable;
  }
  return kUnknown;
}

}  // namespace

std::shared_ptr<Connection> Connection::serve(Setup setup) {
  auto connection =
      std::make_shared<Http2Connection>(Http2Connection::Role::server, std::move(setup));
  connection->start();
  return connection;
}

std::shared_ptr<Connection> Connection::dial(Setup setup, const Target& target,
                                             StreamHandler& handler) {
  auto connection =
      std::make_shared<Http2Connection>(Http2Connection::Role::client, std::move(setup));
  connection->start(target, handler);
  return connection;
}

Http2Connection::Http2Connection(Role role, Setup setup)
    : role_(role),
      loop_(setup.loop),
      options_(setup.options),
      counters_(setup.counters),
      owner_(setup.owner),
      peer_(std::move(setup.peer)),
      tls_(std::move(setup.tls)),
      is_tcp_(setup.is_tcp),
      budget_(options_.control_frames_burst, options_.control_frames_rate) {
  prepare_socket(setup.socket, is_tcp_);
  // The channel's role is known in start(), where TLS needs the server's name.
  channel_ = make_plain_channel(std::move(setup.socket), is_tcp_);
}

Http2Connection::~Http2Connection() { loop_.forget(*this); }

void Http2Connection::start() {
  counters_.connections_open.add();
  if (tls_) {
    const TlsRole role{role_ == Role::server, target_.server_name};
    channel_ = make_tls_channel(std::move(channel_->socket()), is_tcp_, loop_, *tls_, role);
    set_timer(setup_timer_, options_.tls_timeout, &Http2Connection::tls_timed_out);
    continue_handshake();
    return;
  }
  open_session();
}

void Http2Connection::start(const Target& target, StreamHandler& handler) {
  target_ = target;
  // A client's first stream is number 1; it is here from the start, so that whatever goes wrong on
  // the way to it ends it.
  add_stream(kDialledStream).handler = &handler;
  start();
}

// --- HTTP/2 ---

void Http2Connection::open_session() {
  state_ = State::open;
  loop_.cancel(setup_timer_);
  nghttp2_session* session = nullptr;
  const auto make =
      role_ == Role::server ? nghttp2_session_server_new2 : nghttp2_session_client_new2;
  make(&session, Callbacks::table(), this, Callbacks::options());
  session_.reset(session);
  std::vector<nghttp2_settings_entry> settings{
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options_.stream_window},
      {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, options_.max_frame_size},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, options_.max_header_list},
  };
  if (role_ == Role::server) {
    settings.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options_.max_streams});
  } else {
    settings.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  }
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(options_.connection_window));
  set_timer(setup_timer_, options_.preface_timeout, &Http2Connection::preface_timed_out);
  set_timer(settings_timer_, options_.settings_timeout, &Http2Connection::settings_timed_out);
  if (options_.keepalive_interval.count() > 0) {
    set_timer(keepalive_timer_, options_.keepalive_interval, &Http2Connection::send_ping);
  }
  if (options_.max_age.count() > 0 && role_ == Role::server) {
    set_timer(age_timer_, options_.max_age, &Http2Connection::too_old);
  }
  if (role_ == Role::client) {
    const std::string scheme = tls_ ? "https" : "http";
    std::vector<nghttp2_nv> request{field(":method", "POST"),
                                    field(":scheme", scheme),
                                    field(":path", target_.path),
                                    field(":authority", target_.authority),
                                    field("te", "trailers"),
                                    field("content-type", kGrpcContentType),
                                    field("user-agent", target_.user_agent)};
    for (const auto& [name, value] : target_.headers) request.push_back(field(name, value));
    const nghttp2_data_provider provider = Callbacks::provider(*find(kDialledStream));
    nghttp2_submit_request(session, nullptr, request.data(), request.size(), &provider, nullptr);
    if (options_.response_timeout.count() > 0) {
      set_timer(response_timer_, options_.response_timeout, &Http2Connection::response_timed_out);
    }
  }
  wants_flush();
  wait_readable();
}

void Http2Connection::on_peer_settings() {
  if (is_ready_) return;
  is_ready_ = true;
  loop_.cancel(setup_timer_);
  watch_idle();
  owner_.on_ready(*this);
}

GrpcStream* Http2Connection::find(std::int32_t id) noexcept {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

GrpcStream& Http2Connection::add_stream(std::int32_t id) {
  loop_.cancel(idle_timer_);
  return streams_
      .emplace(std::piecewise_construct, std::forward_as_tuple(id),
               std::forward_as_tuple(*this, id, options_.max_message))
      .first->second;
}

void Http2Connection::on_request(GrpcStream& stream) {
  const HeaderFields& h = stream.headers;
  if (h.method != "POST" || !is_grpc(h.content_type)) {
    counters_.requests_refused.add();
    refuse_http(stream);
    return;
  }
  ConnectionOwner::Answer answer;
  if (reason_ != CloseReason::none) {
    answer.refusal = {GrpcStatus::kUnavailable, "connection is closing"};
  } else {
    answer = owner_.on_request(stream, {h.path, peer_});
  }
  if (answer.handler) {
    stream.handler = answer.handler;
    respond(stream);
    return;
  }
  counters_.requests_refused.add();
  // Trailers only: status and end in one frame.
  const std::string code = std::to_string(answer.refusal.code);
  const std::string message = encode_grpc_message(answer.refusal.message);
  const std::array headers{field(":status", "200"), field("content-type", kGrpcContentType),
                           field("grpc-status", code), field("grpc-message", message)};
  stream.finishing = true;
  nghttp2_submit_response(session_.get(), stream.id(), headers.data(),
                          headers.size() - (message.empty() ? 1 : 0), nullptr);
  wants_flush();
}

/// Response headers at once: published diallers send nothing before they have them.
void Http2Connection::respond(GrpcStream& stream) {
  const std::array headers{field(":status", "200"), field("content-type", kGrpcContentType)};
  const nghttp2_data_provider provider = Callbacks::provider(stream);
  nghttp2_submit_response(session_.get(), stream.id(), headers.data(), headers.size(), &provider);
  wants_flush();
}

/// The answer comes when the request has ended: until then frames of it are no error. A request
/// that does not end is answered all the same.
void Http2Connection::refuse_http(GrpcStream& stream) {
  stream.body = "this port speaks gRPC over HTTP/2\n";
  after_linger(stream, [](Http2Connection& c, GrpcStream& s) { c.answer_refused(s); });
}

void Http2Connection::answer_refused(GrpcStream& stream) {
  if (stream.finishing || state_ != State::open) return;
  stream.out.append(base::as_bytes(stream.body));
  stream.finishing = true;
  const std::array headers{field(":status", "415"), field("content-type", "text/plain")};
  const nghttp2_data_provider provider = Callbacks::provider(stream);
  nghttp2_submit_response(session_.get(), stream.id(), headers.data(), headers.size(), &provider);
  stream_finishing(stream);
}

void Http2Connection::on_response(GrpcStream& stream) {
  loop_.cancel(response_timer_);
  const HeaderFields& h = stream.headers;
  if (h.status == "200" && is_grpc(h.content_type) && h.grpc_status.empty()) {
    stream.is_open = true;
    if (stream.handler) stream.handler->on_open();
    return;
  }
  if (!h.grpc_status.empty()) {
    on_trailers(stream);
    return;
  }
  const GrpcStatus status{h.status == "200" ? 2 : status_of_http(h.status),
                          "HTTP status " + h.status};
  stream.end(CloseReason::peer_refused, status);
  close(CloseReason::peer_refused);
}

void Http2Connection::on_trailers(GrpcStream& stream) {
  const HeaderFields& h = stream.headers;
  GrpcStatus status;
  std::from_chars(h.grpc_status.data(), h.grpc_status.data() + h.grpc_status.size(), status.code);
  status.message = decode_grpc_message(h.grpc_message);
  const bool refused = status.code != GrpcStatus::kOk;
  stream.end(refused ? CloseReason::peer_refused : CloseReason::peer_closed, status);
  close(refused ? CloseReason::peer_refused : CloseReason::peer_closed);
}

void Http2Connection::submit_trailers(nghttp2_session* session, GrpcStream& stream) {
  const std::string code = std::to_string(stream.status.code);
  const std::string message = encode_grpc_message(stream.status.message);
  const std::array trailers{field("grpc-status", code), field("grpc-message", message)};
  nghttp2_submit_trailer(session, stream.id(), trailers.data(), message.empty() ? 1 : 2);
}

void Http2Connection::stream_finishing(GrpcStream& stream) {
  if (state_ == State::closed || !session_) return;
  // A peer that does not read must not keep a finished stream.
  after_linger(stream, [](Http2Connection& c, GrpcStream& s) {
    nghttp2_submit_rst_stream(c.session_.get(), NGHTTP2_FLAG_NONE, s.id(), NGHTTP2_CANCEL);
    c.wants_flush();
  });
  wants_flush();
}

/// If connection and stream are there by then.
void Http2Connection::after_linger(const GrpcStream& stream,
                                   void (*then)(Http2Connection&, GrpcStream&)) {
  loop_.after(options_.linger, [self = weak_from_this(), id = stream.id(), then] {
    const auto alive = self.lock();
    if (!alive || alive->state_ == State::closed) return;
    if (GrpcStream* const found = alive->find(id)) then(*alive, *found);
  });
}

void Http2Connection::on_stream_closed(std::int32_t id, std::uint32_t error) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const CloseReason failure =
      found->second.was_reset ? CloseReason::peer_reset : CloseReason::http2_error;
  found->second.end(error == NGHTTP2_NO_ERROR ? CloseReason::peer_closed : failure, {});
  streams_.erase(found);
  if (role_ == Role::client) {
    close(CloseReason::peer_closed);
  } else {
    watch_idle();
  }
}

MessageStream* Http2Connection::dialled_stream() noexcept {
  return role_ == Role::client ? find(kDialledStream) : nullptr;
}

void Http2Connection::consumed(std::int32_t stream, std::size_t bytes) {
  if (bytes > 0 && session_) nghttp2_session_consume_stream(session_.get(), stream, bytes);
  // Credit travels with the next flush; a reader that only receives needs one of its own.
  if (!inside_) wants_flush();
}

void Http2Connection::count_stream_end(CloseReason reason) {
  counters_.streams_closed[static_cast<std::size_t>(reason)].add();
}

void Http2Connection::go_away() {
  if (state_ == State::handshake && role_ == Role::server) {
    leave(CloseReason::drain,
          "during TLS handshake");  // whatever it brought would outlive the drain
    return;
  }
  if (state_ != State::open || role_ == Role::client || going_away_) return;
  going_away_ = true;
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR,
                        nullptr, 0);
  wants_flush();
}

}  // namespace slim::transport
