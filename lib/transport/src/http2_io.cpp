// The socket's side of an HTTP/2 connection: reading, writing, timers, and the end.
#include "http2_callbacks.hpp"
#include "http2_connection.hpp"

namespace slim::transport {
namespace {

/// What a turn may write for one connection before others get theirs.
constexpr std::size_t kWriteBudget = 4 * 1024 * 1024;

}  // namespace

void Http2Connection::continue_handshake() {
  const Io result = channel_->handshake();
  switch (result) {
    case Io::ok:
      count_handshake(TlsResult::ok);
      open_session();
      // The client's preface may have come with the end of its handshake.
      on_readable();
      return;
    case Io::blocked: {
      channel_->wait_readable([self = shared_from_this()] {
        self->loop_.begin_turn();
        if (self->state_ == State::handshake) self->continue_handshake();
      });
      return;
    }
    case Io::closed:
      count_handshake(TlsResult::closed_early);
      leave(CloseReason::peer_closed, "during TLS handshake");
      return;
    case Io::failed:
      count_handshake(TlsResult::failed);
      leave(CloseReason::tls_failed, channel_->failure());
      return;
  }
}

void Http2Connection::count_handshake(TlsResult result) noexcept {
  if (!tls_) return;
  counters_.tls_handshakes[static_cast<std::size_t>(role_)][static_cast<std::size_t>(result)].add();
}

void Http2Connection::wait_readable() {
  channel_->wait_readable([self = shared_from_this()] {
    self->loop_.begin_turn();
    if (self->state_ == State::closed) return;
    self->on_readable();
    if (self->state_ != State::closed) self->wait_readable();
  });
}

void Http2Connection::on_readable() {
  const std::shared_ptr<Http2Connection> self = shared_from_this();
  if (state_ == State::leaving) {
    discard();
    return;
  }
  if (state_ != State::open) return;
  std::size_t size = 0;
  base::SharedBytes& block = loop_.read_block();
  const Io result = channel_->read({block.writable(), block.size()}, size);
  if (size > 0) {
    received_ = true;
    counters_.bytes_received.add(size);
    read_block_ = &block;
    feed(block.view().first(size));
    read_block_ = nullptr;
  }
  if (state_ != State::open) return;
  if (result == Io::closed) leave(CloseReason::peer_closed, {});
  if (result == Io::failed) leave(CloseReason::connection_lost, channel_->failure());
}

void Http2Connection::feed(base::ByteView bytes) {
  inside_ = true;
  const ssize_t result = nghttp2_session_mem_recv(session_.get(), bytes.data(), bytes.size());
  inside_ = false;
  if (state_ == State::leaving) {
    finish_leaving();
    return;
  }
  wants_flush();
  if (result >= 0) return;
  if (result == NGHTTP2_ERR_BAD_CLIENT_MAGIC) {
    violation(CloseReason::bad_preface, NGHTTP2_PROTOCOL_ERROR);
  } else if (result == NGHTTP2_ERR_FLOODED) {
    violation(CloseReason::http2_flood, NGHTTP2_ENHANCE_YOUR_CALM);
  } else {
    detail_ = nghttp2_strerror(static_cast<int>(result));
    violation(CloseReason::http2_error, NGHTTP2_INTERNAL_ERROR);
  }
}

/// Reads and drops, so that the peer gets to read our last frames before its own unread bytes make
/// the kernel reset the connection.
void Http2Connection::discard() {
  std::size_t size = 0;
  base::SharedBytes& block = loop_.read_block();
  const Io result = channel_->read({block.writable(), block.size()}, size);
  if (result == Io::closed || result == Io::failed) close_now();
}

/// What nghttp2 has ready goes into wire_; false when that cannot go on.
bool Http2Connection::send_frames() {
  inside_ = true;
  const int result = nghttp2_session_send(session_.get());
  inside_ = false;
  return result == 0;
}

void Http2Connection::wants_flush() {
  if (state_ == State::open) loop_.at_turn_end(*this);
}

void Http2Connection::end_of_turn() {
  const std::shared_ptr<Http2Connection> self = shared_from_this();
  if (state_ != State::open && state_ != State::leaving) return;
  if (!flush()) return;
  if (state_ != State::open) {
    if (wire_.empty() && !channel_->has_unsent() && !std::exchange(output_ended_, true)) {
      channel_->end_output();
    }
    return;
  }
  // By id: a handler may end its stream, and with it others.
  for (auto it = streams_.begin(); it != streams_.end();) {
    const std::int32_t id = it->first;
    if (StreamHandler* handler = it->second.handler) handler->on_progress();
    it = streams_.upper_bound(id);
  }
  // nghttp2 has nothing left to say after a GOAWAY: ours, or one for an error that it found itself.
  if (state_ == State::open && nghttp2_session_want_read(session_.get()) == 0 &&
      nghttp2_session_want_write(session_.get()) == 0) {
    const CloseReason why = going_away_ ? CloseReason::drain : CloseReason::http2_error;
    leave(why, detail_);
  }
}

bool Http2Connection::flush() {
  if (waits_to_write_) return true;
  std::size_t written = 0;
  while (true) {
    if (state_ == State::open) {
      for (auto& [id, stream] : streams_) {
        if (!stream.deferred || (stream.out.empty() && !stream.finishing)) continue;
        stream.deferred = false;
        nghttp2_session_resume_data(session_.get(), id);
      }
      const bool sent = send_frames();
      if (state_ == State::leaving) {
        finish_leaving();
      } else if (!sent) {
        leave(CloseReason::internal, "nghttp2 could not send");
        return false;
      }
    }
    if (wire_.empty() && !channel_->has_unsent()) return true;
    const std::size_t before = wire_.size();
    const Io result = channel_->write(wire_);
    counters_.bytes_sent.add(before - wire_.size());
    written += before - wire_.size();
    if (result == Io::failed) {
      leave(CloseReason::connection_lost, channel_->failure());
      return false;
    }
    if (result == Io::blocked) {
      wait_writable();
      return true;
    }
    if (written >= kWriteBudget) {
      loop_.at_turn_end(*this);
      return true;
    }
  }
}

void Http2Connection::wait_writable() {
  waits_to_write_ = true;
  channel_->wait_writable([self = shared_from_this()] {
    self->loop_.begin_turn();
    self->waits_to_write_ = false;
    if (self->state_ != State::closed) self->end_of_turn();
  });
}

// --- timers ---

void Http2Connection::set_timer(base::TimerId& timer, base::Duration delay,
                                void (Http2Connection::*expired)()) {
  loop_.cancel(timer);
  timer = loop_.after(delay, [self = weak_from_this(), expired] {
    const auto alive = self.lock();
    if (alive && alive->state_ != State::closed) (alive.get()->*expired)();
  });
}

void Http2Connection::cancel_timers() {
  for (const base::TimerId timer : {setup_timer_, settings_timer_, idle_timer_, keepalive_timer_,
                                    ping_timer_, age_timer_, linger_timer_, response_timer_}) {
    loop_.cancel(timer);
  }
}

void Http2Connection::watch_idle() {
  if (streams_.empty() && state_ == State::open) {
    set_timer(idle_timer_, options_.idle_timeout, &Http2Connection::idle_timed_out);
  }
}

void Http2Connection::idle_timed_out() {
  if (streams_.empty()) violation(CloseReason::idle_timeout);
}

void Http2Connection::settings_timed_out() {
  violation(CloseReason::settings_timeout, NGHTTP2_SETTINGS_TIMEOUT);
}

void Http2Connection::send_ping() {
  set_timer(keepalive_timer_, options_.keepalive_interval, &Http2Connection::send_ping);
  // A peer that was heard of since the last look is alive.
  if (std::exchange(received_, false) || awaiting_pong_) return;
  if (streams_.empty() && !options_.keepalive_without_streams) return;
  nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
  awaiting_pong_ = true;
  set_timer(ping_timer_, options_.keepalive_timeout, &Http2Connection::ping_timed_out);
  wants_flush();
}

void Http2Connection::pong_received() {
  awaiting_pong_ = false;
  loop_.cancel(ping_timer_);
}

// --- the end ---

void Http2Connection::refuse_peer(CloseReason reason) {
  if (reason_ == CloseReason::none) reason_ = reason;
  nghttp2_session_terminate_session(session_.get(), NGHTTP2_ENHANCE_YOUR_CALM);
}

void Http2Connection::violation(CloseReason reason, std::uint32_t error) {
  if (state_ == State::open) nghttp2_session_terminate_session(session_.get(), error);
  leave(reason, detail_);
}

void Http2Connection::close(CloseReason reason) {
  if (state_ == State::open && role_ == Role::server) {
    nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR);
  }
  leave(reason, {});
}

void Http2Connection::leave(CloseReason reason, const std::string& detail) {
  if (state_ == State::leaving || state_ == State::closed) return;
  const std::shared_ptr<Http2Connection> self = shared_from_this();
  const bool had_reader = state_ == State::open;
  state_ = State::leaving;
  // What was found first is why: that the peer resets the connection upon our GOAWAY is its way
  // out.
  if (reason_ == CloseReason::none) reason_ = reason;
  cancel_timers();
  for (auto& [id, stream] : streams_) stream.end(reason_, {});
  counters_.connections_closed[static_cast<std::size_t>(reason_)].add();
  counters_.connections_open.sub();
  owner_.on_end(*this, reason_, detail);
  if (reason == CloseReason::connection_lost) {
    close_now();
    return;
  }
  set_timer(linger_timer_, options_.linger, &Http2Connection::close_now);
  if (!had_reader) wait_readable();
  if (!inside_) finish_leaving();
}

/// Once nghttp2 has returned: takes its last frames, a GOAWAY above all, and lets the streams go.
void Http2Connection::finish_leaving() {
  if (session_) (void)send_frames();
  if (!inside_) streams_.clear();
  if (state_ == State::leaving) loop_.at_turn_end(*this);
}

void Http2Connection::close_now() {
  if (state_ == State::closed) return;
  const std::shared_ptr<Http2Connection> self = shared_from_this();
  state_ = State::closed;
  loop_.forget(*this);
  cancel_timers();
  channel_->close();
  wire_.clear();
}

}  // namespace slim::transport
