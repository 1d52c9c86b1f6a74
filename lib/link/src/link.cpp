#include "link.hpp"

#include <cstring>

#include <slim/base/log.hpp>
#include <slim/base/log_limit.hpp>
#include <slim/wire/control.hpp>
#include <slim/wire/generation.hpp>
#include <slim/wire/mac.hpp>
#include <slim/wire/rewrite.hpp>

namespace slim::link {
namespace {

using forward::LinkType;
using transport::CloseReason;
using transport::GrpcStatus;
using transport::Intake;

const log::Target kTarget{"slim_datapath::message_processing"};
// What a hostile peer can cause is logged once a second, with the number held back.
log::RateLimit mac_log{std::chrono::seconds(1)};
log::RateLimit slow_log{std::chrono::seconds(1)};

/// Control messages taken from the router at a time, in bytes.
constexpr std::size_t kControlPart = 64 * 1024;
/// What is remembered of a text that a peer chose, in bytes.
constexpr std::size_t kRememberedText = 256;

}  // namespace

// --- arriving messages ---

Intake Link::on_message(base::ByteView message, const base::SharedBytes& owner) {
  if (state_ == State::up) return hub_.intake_stopped_ ? Intake::held : ingress(message, owner);
  return first_message(message, owner);
}

Intake Link::ingress(base::ByteView message, const base::SharedBytes& owner) {
  const auto known = known_.read(message);
  flow_ = known ? known_flow_ : 0;
  if (known == wire::DecodeError::none) {
    const wire::MessageView& view = known_.view();
    count_received(view, message);
    return routed(view, message, owner);
  }
  wire::MessageView view;
  if (const auto error = known ? *known : wire::decode(generation_, message, view, &known_names_);
      error != wire::DecodeError::none) {
    hub_.link_counters_.undecodable.add();
    SLIM_DEBUG(kTarget, "undecodable message, closing connection", kv("conn_index", ref_.index()),
               kv("error", wire::to_string(error)));
    finish(CloseReason::undecodable_message);
    return Intake::taken;
  }
  count_received(view, message);
  switch (view.kind) {
    case wire::Kind::none:
    case wire::Kind::link:
      hub_.link_counters_.ignored.add();
      return Intake::taken;
    case wire::Kind::subscription_ack:
      hub_.router_.acknowledged(ref_, wire::decode_ack(message, view));
      return Intake::taken;
    default:
      return routed(view, message, owner);
  }
}

/// Once a message, however often it is offered.
void Link::count_received(const wire::MessageView& view, base::ByteView message) noexcept {
  if (holds_message_) return;
  ++messages_received_;
  hub_.counters_.count_received(view.kind, ref_.type(), message.size());
}

Intake Link::routed(const wire::MessageView& view, base::ByteView message,
                    const base::SharedBytes& owner) {
  hub_.mac_body_of_ = nullptr;
  if (!holds_message_ && flow_ == 0) {
    if (!verify(view, message)) return Intake::taken;
    if (view.kind == wire::Kind::publish) keep_header(view, message);
  }
  // Also when nothing is sent: reading the table ends with the turn.
  hub_.executor_.request_turn_end();
  if (full_ && view.kind != wire::Kind::publish) {
    // Its answer would add to a queue that this peer does not empty.
    holds_message_ = true;
    hub_.wait_for(ref_, ref_, false);
    return Intake::held;
  }
  if (view.kind != wire::Kind::publish && !hub_.may_change_table()) {
    // Others' messages wait for the end of this turn, not for all that this peer subscribes.
    holds_message_ = true;
    hub_.resume_later(ref_);
    return Intake::held;
  }
  const bool measured =
      view.kind == wire::Kind::publish && !holds_message_ && hub_.link_counters_.forwarding.due();
  const auto outcome = hub_.forwarder_.receive(ref_, view, message, owner, flow_);
  holds_message_ = outcome.step == forward::Forwarder::Outcome::Step::held;
  if (holds_message_) {
    hub_.wait_for(ref_, outcome.waits_for, outcome.multicast);
    return Intake::held;
  }
  if (measured) {
    hub_.link_counters_.forwarding.observe(hub_.router_.clock().now() - hub_.executor_.now());
  }
  if (outcome.ack && state_ == State::up) {
    send_whole(base::as_bytes(wire::encode_ack(*outcome.ack)));
  }
  return Intake::taken;
}

/// docs/protocol/wire.md 6; empty when the message may pass.
std::string_view Link::mac_problem(const wire::MessageView& view, base::ByteView message) {
  const wire::HeaderView& h = view.header;
  const bool is_publish = view.kind == wire::Kind::publish;
  if (!is_publish && !h.has_mac) {
    return options_.require_header_mac ? "missing SLIM header integrity tag" : "";
  }
  if (!mac_) {
    const bool drop = options_.require_header_mac || h.has_mac;
    return drop ? "header MAC requires completed link negotiation" : "";
  }
  if (!h.has_mac) return "missing SLIM header integrity tag";
  if (h.mac.size != wire::kMacSize) return "invalid integrity tag length";
  wire::mac_body(view, message, wire::HopFields::as_received, hub_.mac_body_,
                 view.names_known ? known_names_.mac_part() : base::ByteView{});
  const wire::MacTtl ttl(h.ttl);
  if (!mac_->verify(hub_.mac_body_, ttl.view(), h.mac.in(message))) {
    return "SLIM header integrity verification failed";
  }
  // The same bytes go into the tags of the links that the message leaves on, unless the sender
  // stated what we strip.
  if (!h.has_recv_from && !h.has_forward_to) hub_.mac_body_of_ = &view;
  return {};
}

void Link::keep_header(const wire::MessageView& view, base::ByteView message) {
  if (known_.offer(view, message)) known_flow_ = ++hub_.last_flow_;
  if (!view.names_known) known_names_.offer(view, message);
}

bool Link::verify(const wire::MessageView& view, base::ByteView message) {
  if (!is_signed() || generation_ != wire::Generation::d) return true;
  const std::string_view problem = mac_problem(view, message);
  if (problem.empty()) return true;
  auto& counter =
      view.header.has_mac ? hub_.link_counters_.mac_mismatch : hub_.link_counters_.mac_missing;
  counter[static_cast<std::size_t>(ref_.type())].add();
  hub_.counters_.count_dropped(forward::DropReason::mac, ref_.type());
  if (const auto held = mac_log.admit(hub_.executor_.now())) {
    SLIM_ERROR(kTarget, "SLIM header integrity verification failed", kv("error", problem),
               kv("conn_index", ref_.index()), kv("remote", info_.remote), kv("held_back", *held));
  }
  return false;
}

// --- leaving messages ---

/// Null on links without a MAC.
const base::Byte* Link::tag_for(const forward::Departure& message) {
  if (!is_signed() || !mac_) return nullptr;
  // The tail's size does not go into it.
  if (message.flow == 0 || message.flow != last_head_.flow) {
    last_head_.flow = 0;  // its tag is overwritten
    mac_->tag(hub_.mac_body(message), wire::MacTtl(message.ttl).view(), tag_);
  }
  return tag_;
}

void Link::transmit(const forward::Departure& message) {
  if (message.flow == 0 || message.flow != last_head_.flow ||
      message.tail.size() != last_head_.tail) {
    transmit_new(message);
    return;
  }
  const std::vector<base::Byte>& head = last_head_.bytes;
  base::Byte* place = stream_->append(head.size(), message.tail, message.owner);
  std::memcpy(place, head.data(), head.size());
  const std::size_t total = head.size() + message.tail.size();
  hub_.counters_.count_sent(message.view.kind, ref_.type(), total);
  after_append(total);
}

void Link::transmit_new(const forward::Departure& message) {
  const wire::HopHeader hop{message.ttl, message.incoming_conn, tag_for(message)};
  const wire::RewriteLayout layout = wire::layout(message.view, hop);
  if (layout.total > wire::kMaxMessageSize) {
    hub_.counters_.count_dropped(forward::DropReason::too_large, message.from);
    return;
  }
  base::Byte* place = stream_->append(layout.head, message.tail, message.owner);
  wire::write_head(message.view, message.bytes, hop, layout, place);
  last_head_.flow = message.flow;
  if (message.flow != 0) {
    last_head_.tail = message.tail.size();
    last_head_.bytes.assign(place, place + layout.head);
  }
  hub_.counters_.count_sent(message.view.kind, ref_.type(), layout.total);
  after_append(layout.total);
}

void Link::send_whole(base::ByteView message) {
  base::Byte* place = stream_->append(message.size(), {}, {});
  std::copy(message.begin(), message.end(), place);
  if (state_ == State::up) {
    after_append(message.size());
  } else {
    appended_ += message.size();
  }
}

void Link::after_append(std::size_t bytes) {
  ++messages_sent_;
  appended_ += bytes;
  if (full_ || stream_->queued() < options_.queue_bytes / 4 * 3) return;
  full_ = true;
  hub_.router_.links().set_full(ref_, true);
}

void Link::drain_control() {
  if (state_ != State::up) return;
  more_control_ = false;
  std::vector<std::string> messages;
  while (stream_->queued() < options_.queue_bytes / 2) {
    messages.clear();
    const auto drained = hub_.router_.drain(ref_, kControlPart, messages);
    if (drained == forward::Router::Drained::overflow) {
      finish(CloseReason::control_overflow);
      return;
    }
    if (drained == forward::Router::Drained::cycle) {
      SLIM_ERROR(kTarget, "uplink forms a cycle and is closed", kv("remote", info_.remote),
                 kv("node_id", info_.peer_node_id));
      finish(CloseReason::uplink_cycle);
      return;
    }
    for (const std::string& message : messages) {
      const base::ByteView bytes = base::as_bytes(message);
      wire::MessageView view;
      const bool ok = wire::decode(generation_, bytes, view) == wire::DecodeError::none;
      if (ok && view.header.present) {
        hub_.mac_body_of_ = nullptr;
        transmit({view,
                  bytes,
                  view.tail.in(bytes),
                  {},
                  view.header.ttl,
                  view.header.incoming_conn,
                  ref_.type()});
        hub_.mac_body_of_ = nullptr;
      } else {
        hub_.counters_.count_sent(view.kind, ref_.type(), bytes.size());
        send_whole(bytes);
      }
    }
    if (drained == forward::Router::Drained::all) return;
  }
  more_control_ = true;  // on_progress() goes on
}

void Link::on_progress() {
  if (state_ != State::up) return;
  if (full_ && stream_->queued() <= options_.queue_bytes / 2) drained();
  if (more_control_ && stream_->queued() < options_.queue_bytes / 2) drain_control();
}

void Link::drained() {
  full_ = false;
  hub_.router_.links().set_full(ref_, false);
  hub_.executor_.cancel(multicast_timer_);
  hub_.executor_.cancel(anycast_timer_);
  multicast_timer_ = anycast_timer_ = base::TimerId::none;
  for (const forward::LinkRef waiter : std::exchange(waiters_, {})) hub_.resume(waiter);
}

void Link::add_waiter(forward::LinkRef waiter, bool multicast) {
  if (!full_) {
    hub_.resume(waiter);
    return;
  }
  waiters_.push_back(waiter);
  if (multicast && multicast_timer_ == base::TimerId::none) watch_multicast();
  if (!multicast && anycast_timer_ == base::TimerId::none) watch_anycast();
}

/// A multicast waits once, briefly; then the receiver goes, not the message.
void Link::watch_multicast() {
  multicast_timer_ = hub_.executor_.after(options_.multicast_stall, [this] {
    if (const auto held = slow_log.admit(hub_.executor_.now())) {
      SLIM_WARN(kTarget, "receiver is too slow for a multicast, closing connection",
                kv("conn_index", ref_.index()), kv("remote", info_.remote),
                kv("queued", stream_->queued()), kv("held_back", *held));
    }
    finish(CloseReason::slow_receiver);
  });
}

/// An anycast waits as long as the receiver takes something now and then.
void Link::watch_anycast() {
  drained_at_check_ = appended_ - stream_->queued();
  anycast_timer_ = hub_.executor_.after(options_.anycast_stall, [this] {
    anycast_timer_ = base::TimerId::none;
    if (appended_ - stream_->queued() != drained_at_check_) {
      watch_anycast();
      return;
    }
    if (const auto held = slow_log.admit(hub_.executor_.now())) {
      SLIM_WARN(kTarget, "receiver takes nothing, closing connection",
                kv("conn_index", ref_.index()), kv("remote", info_.remote),
                kv("queued", stream_->queued()), kv("held_back", *held));
    }
    finish(CloseReason::slow_receiver);
  });
}

void Link::resume() {
  if (state_ == State::up) stream_->resume();
}

// --- what others may know ---

LinkReport Link::report() const {
  return {info_,
          hub_.executor_.now() - since_,
          stream_->queued(),
          full_,
          messages_received_,
          messages_sent_,
          appended_};
}

void Link::count_end(CloseReason reason, const GrpcStatus& status, bool was_up) {
  const base::Instant now = hub_.executor_.now();
  LinkCounters& counters = hub_.link_counters_;
  if (was_up) {
    const auto type = static_cast<std::size_t>(ref_.type());
    const auto way = static_cast<std::size_t>(direction());
    counters.up[type][way].sub();
    counters.closed[type][way][static_cast<std::size_t>(reason)].add();
    counters.lifetimes[type].observe(now - since_);
    counters.generations[static_cast<std::size_t>(generation_)].sub();
  }
  ClosedLink closed{info_, now, was_up ? now - since_ : base::Duration{0}, reason, status.message};
  if (!was_up) closed.info.link = {};
  for (std::string* text : {&closed.info.peer_node_id, &closed.info.peer_version,
                            &closed.info.link_id, &closed.message}) {
    if (text->size() > kRememberedText) *text = text->substr(0, kRememberedText);
  }
  hub_.remember(std::move(closed));
}

// --- the end ---

void Link::on_end(CloseReason reason, const GrpcStatus& status) { detach(reason, status); }

void Link::finish(CloseReason reason, const GrpcStatus& status) {
  if (state_ == State::ended) return;
  detach(reason, status);
  if (stream_) stream_->finish(reason, status);
}

void Link::detach(CloseReason reason, const GrpcStatus& status) {
  if (state_ == State::ended) return;
  const State was = std::exchange(state_, State::ended);
  hub_.executor_.cancel(timer_);
  hub_.executor_.cancel(multicast_timer_);
  hub_.executor_.cancel(anycast_timer_);
  count_end(reason, status, was == State::up);
  if (was == State::up) {
    hub_.displace(ref_);
    SLIM_DEBUG(kTarget, "end of stream", kv("conn_index", ref_.index()),
               kv("reason", transport::to_string(reason)), kv("status", status.code),
               kv("message", status.message));
  }
  if (dialled_.observer) {
    dialled_.observer->on_link_end(reason, status);
  } else if (was == State::up) {
    hub_.router_.remove_link(ref_);
  }
  for (const forward::LinkRef waiter : std::exchange(waiters_, {})) hub_.resume(waiter);
  hub_.retire(*this);
}

}  // namespace slim::link
