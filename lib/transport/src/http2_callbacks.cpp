#include "http2_callbacks.hpp"

#include <algorithm>
#include <array>

namespace slim::transport {
namespace {

/// Frames that wait for the socket before nghttp2 is asked for more.
constexpr std::size_t kMaxWire = 1024 * 1024;
/// Largest DATA frame sent to peers that take more: nghttp2 keeps a buffer of the largest frame.
constexpr std::size_t kMaxSentFrame = 128 * 1024;
constexpr std::size_t kMaxHeaderFields = 64;
constexpr std::size_t kHeaderOverhead = 32;  // RFC 9113 6.5.2
constexpr std::size_t kFrameHeader = 9;
constexpr int kFirstUnknownFrame = NGHTTP2_CONTINUATION + 1;

std::string_view text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

Http2Connection& at(void* self) { return *static_cast<Http2Connection*>(self); }

}  // namespace

const nghttp2_session_callbacks* Http2Connection::Callbacks::table() {
  static const nghttp2_session_callbacks* const callbacks = [] {
    nghttp2_session_callbacks* c = nullptr;
    nghttp2_session_callbacks_new(&c);
    nghttp2_session_callbacks_set_on_begin_frame_callback(c, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(c, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(c, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, on_stream_close);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(c, on_invalid_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(c, on_frame_sent);
    nghttp2_session_callbacks_set_on_extension_chunk_recv_callback(c, on_unknown_frame);
    nghttp2_session_callbacks_set_unpack_extension_callback(c, unpack_unknown_frame);
    nghttp2_session_callbacks_set_send_callback(c, send);
    nghttp2_session_callbacks_set_send_data_callback(c, send_data);
    nghttp2_session_callbacks_set_data_source_read_length_callback(c, frame_size);
    return c;
  }();
  return callbacks;
}

const nghttp2_option* Http2Connection::Callbacks::options() {
  static const nghttp2_option* const options = [] {
    nghttp2_option* o = nullptr;
    nghttp2_option_new(&o);
    // Credit goes back when a message was handed on, not when its bytes arrived.
    nghttp2_option_set_no_auto_window_update(o, 1);
    // No option that forgets closed streams: as many as may be open are remembered, and frames for
    // them are errors.
    nghttp2_option_set_max_reserved_remote_streams(o, 0);
    nghttp2_option_set_max_continuations(o, 8);
    nghttp2_option_set_max_settings(o, 32);
    nghttp2_option_set_max_outbound_ack(o, 1000);
    // Behind our own, which says why: see on_begin_frame().
    nghttp2_option_set_stream_reset_rate_limit(o, 1000, 100);
    // Without this frames of unknown types are skipped before anybody can count them.
    for (int type = kFirstUnknownFrame; type <= 0xff; ++type) {
      nghttp2_option_set_user_recv_extension_type(o, static_cast<std::uint8_t>(type));
    }
    return o;
  }();
  return options;
}

nghttp2_data_provider Http2Connection::Callbacks::provider(GrpcStream& stream) {
  nghttp2_data_provider p{};
  p.source.ptr = &stream;
  p.read_callback = read;
  return p;
}

int Http2Connection::Callbacks::on_begin_frame(nghttp2_session* session,
                                               const nghttp2_frame_hd* header, void* self) {
  Http2Connection& c = at(self);
  bool too_many = false;
  switch (header->type) {
    case NGHTTP2_DATA:
      too_many = header->length == 0 && (header->flags & NGHTTP2_FLAG_END_STREAM) == 0 &&
                 !c.budget_.take(c.loop_.now());
      break;
    case NGHTTP2_HEADERS:
      if (c.role_ == Role::server && c.stream_ids_.is_passed_over(header->stream_id)) {
        c.reason_ = CloseReason::http2_error;
        nghttp2_session_terminate_session(session, NGHTTP2_PROTOCOL_ERROR);
      }
      break;
    case NGHTTP2_WINDOW_UPDATE:
      // Every message that we send earns one; a peer that gets none has nothing to update.
      break;
    case NGHTTP2_RST_STREAM:
      too_many = !c.resets_.take(c.loop_.now());
      break;
    default:
      too_many = !c.budget_.take(c.loop_.now());
      break;
  }
  if (too_many) c.refuse_peer(CloseReason::http2_flood);
  return 0;
}

int Http2Connection::Callbacks::on_unknown_frame(nghttp2_session*, const nghttp2_frame_hd*,
                                                 const std::uint8_t*, std::size_t, void*) {
  return NGHTTP2_ERR_CANCEL;
}

int Http2Connection::Callbacks::unpack_unknown_frame(nghttp2_session*, void**,
                                                     const nghttp2_frame_hd*, void*) {
  return NGHTTP2_ERR_CANCEL;
}

int Http2Connection::Callbacks::on_begin_headers(nghttp2_session*, const nghttp2_frame* frame,
                                                 void* self) {
  Http2Connection& c = at(self);
  if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
    (void)c.add_stream(frame->hd.stream_id);
  } else if (GrpcStream* stream = c.find(frame->hd.stream_id)) {
    stream->headers = {};
  }
  return 0;
}

int Http2Connection::Callbacks::on_header(nghttp2_session*, const nghttp2_frame* frame,
                                          const std::uint8_t* name, std::size_t name_size,
                                          const std::uint8_t* value, std::size_t value_size,
                                          std::uint8_t, void* self) {
  Http2Connection& c = at(self);
  GrpcStream* stream = c.find(frame->hd.stream_id);
  if (!stream) return 0;
  HeaderFields& h = stream->headers;
  h.size += name_size + value_size + kHeaderOverhead;
  if (++h.count > kMaxHeaderFields || h.size > c.options_.max_header_list) {
    c.detail_ = "header list larger than announced";
    c.refuse_peer(CloseReason::headers_too_large);
    return 0;
  }
  const std::string_view key = text(name, name_size);
  const std::string_view field = text(value, value_size);
  if (key == ":method") h.method = field;
  if (key == ":path") h.path = field;
  if (key == ":status") h.status = field;
  if (key == "content-type") h.content_type = field;
  if (key == "grpc-status") h.grpc_status = field;
  if (key == "grpc-message") h.grpc_message = field;
  return 0;
}

int Http2Connection::Callbacks::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
  Http2Connection& c = at(self);
  GrpcStream* stream = c.find(frame->hd.stream_id);
  switch (frame->hd.type) {
    case NGHTTP2_SETTINGS:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) {
        c.loop_.cancel(c.settings_timer_);
      } else {
        c.on_peer_settings();
      }
      break;
    case NGHTTP2_PING:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) c.pong_received();
      break;
    case NGHTTP2_RST_STREAM:
      if (stream) stream->was_reset = true;
      break;
    case NGHTTP2_HEADERS:
      if (!stream) break;
      if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        c.on_request(*stream);
      } else if (frame->headers.cat == NGHTTP2_HCAT_RESPONSE) {
        c.on_response(*stream);
      } else if (c.role_ == Role::client) {
        c.on_trailers(*stream);
      }
      break;
    default:
      break;
  }
  // Asked for anew: handlers may have ended it.
  stream = c.find(frame->hd.stream_id);
  const bool ends = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
  if (stream && ends && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) stream->input_ended();
  return 0;
}

int Http2Connection::Callbacks::on_data(nghttp2_session* session, std::uint8_t, std::int32_t id,
                                        const std::uint8_t* bytes, std::size_t size, void* self) {
  Http2Connection& c = at(self);
  // A held stream must not stop the others: the connection's window only bounds what is in flight.
  nghttp2_session_consume_connection(session, size);
  if (GrpcStream* stream = c.find(id)) {
    stream->input({bytes, size});
  } else {
    nghttp2_session_consume_stream(session, id, size);
  }
  return 0;
}

int Http2Connection::Callbacks::on_stream_close(nghttp2_session*, std::int32_t stream,
                                                std::uint32_t error, void* self) {
  at(self).on_stream_closed(stream, error);
  return 0;
}

int Http2Connection::Callbacks::on_invalid_frame(nghttp2_session*, const nghttp2_frame*, int error,
                                                 void* self) {
  Http2Connection& c = at(self);
  c.detail_ = nghttp2_strerror(error);
  return 0;
}

int Http2Connection::Callbacks::on_frame_sent(nghttp2_session* session, const nghttp2_frame* frame,
                                              void* self) {
  Http2Connection& c = at(self);
  // Resets that a peer provokes cost us what its own would (CVE-2025-8671).
  if (frame->hd.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR &&
      !c.own_resets_.take(c.loop_.now())) {
    c.refuse_peer(CloseReason::http2_flood);
  }
  const bool ends = (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
                    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (!ends) return 0;
  GrpcStream* stream = c.find(frame->hd.stream_id);
  if (!stream) return 0;
  stream->output_ended = true;
  // A server has said all; a peer that did not end its half is told to stop (RFC 9113 8.1).
  if (c.role_ == Role::server && !stream->has_input_end) {
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
  }
  return 0;
}

ssize_t Http2Connection::Callbacks::send(nghttp2_session*, const std::uint8_t* bytes,
                                         std::size_t size, int, void* self) {
  Http2Connection& c = at(self);
  if (c.wire_.size() >= kMaxWire) return NGHTTP2_ERR_WOULDBLOCK;
  c.wire_.append({bytes, size});
  return static_cast<ssize_t>(size);
}

int Http2Connection::Callbacks::send_data(nghttp2_session*, nghttp2_frame*,
                                          const std::uint8_t* header, std::size_t size,
                                          nghttp2_data_source* source, void* self) {
  Http2Connection& c = at(self);
  if (c.wire_.size() >= kMaxWire) return NGHTTP2_ERR_WOULDBLOCK;
  auto& stream = *static_cast<GrpcStream*>(source->ptr);
  c.wire_.append({header, kFrameHeader});
  stream.out.move_to(c.wire_, size);
  return 0;
}

ssize_t Http2Connection::Callbacks::frame_size(nghttp2_session*, std::uint8_t, std::int32_t,
                                               std::int32_t connection_window,
                                               std::int32_t stream_window,
                                               std::uint32_t peer_max_frame, void*) {
  const std::size_t limit = std::min<std::size_t>(peer_max_frame, kMaxSentFrame);
  const std::int32_t window = std::min(connection_window, stream_window);
  return static_cast<ssize_t>(std::min<std::size_t>(limit, static_cast<std::size_t>(window)));
}

ssize_t Http2Connection::Callbacks::read(nghttp2_session* session, std::int32_t, std::uint8_t*,
                                         std::size_t size, std::uint32_t* flags,
                                         nghttp2_data_source* source, void* self) {
  Http2Connection& c = at(self);
  auto& stream = *static_cast<GrpcStream*>(source->ptr);
  const std::size_t n = std::min(size, stream.out.size());
  const bool last = stream.finishing && n == stream.out.size();
  if (n == 0 && !last) {
    stream.deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (!last) return static_cast<ssize_t>(n);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (c.role_ == Role::server && stream.body.empty()) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    c.submit_trailers(session, stream);
  }
  return static_cast<ssize_t>(n);
}

}  // namespace slim::transport
