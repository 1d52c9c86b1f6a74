// How a link comes up: which generation is spoken, and what that one says first.
#include <slim/base/log.hpp>
#include <slim/base/log_limit.hpp>
#include <slim/wire/control.hpp>
#include <slim/wire/generation.hpp>

#include "link.hpp"

namespace slim::link {
namespace {

using forward::LinkType;
using transport::CloseReason;
using transport::GrpcStatus;
using transport::Intake;

const log::Target kTarget{"slim_datapath::message_processing"};
// What a hostile peer can cause is logged once a second, with the number held back.
log::RateLimit negotiation_log{std::chrono::seconds(1)};

forward::LinkTraits traits_of(wire::Generation generation, bool counts_repeats) {
  using wire::Dialect;
  constexpr Dialect kDialects[] = {Dialect::a5, Dialect::b, Dialect::c, Dialect::d};
  return {generation, kDialects[static_cast<std::size_t>(generation)], counts_repeats, false,
          nullptr};
}

}  // namespace

Link::Link(Hub& hub, Hub::DialledSetup setup)
    : hub_(hub), options_(setup.options), dialled_(std::move(setup)), state_(State::opening) {}

void Link::attach(transport::MessageStream& stream) {
  stream_ = &stream;
  since_ = hub_.executor_.now();
  info_.remote = stream.peer().remote;
  info_.dialled = dialled_.observer != nullptr;
  // A peer of generations A to C that only listens may be silent for long.
  if (state_ == State::negotiating && options_.newest_only) start_timer();
}

// --- negotiation ---

void Link::start_timer() {
  timer_ = hub_.executor_.after(options_.negotiation_timeout, [this] {
    hub_.link_counters_.count(direction(), NegotiationResult::timeout);
    SLIM_DEBUG(kTarget, "timed out waiting for link negotiation", kv("remote", info_.remote));
    finish(CloseReason::negotiation_timeout);
  });
}

void Link::on_open() {
  state_ = State::negotiating;
  since_ = hub_.executor_.now();
  if (dialled_.dialect != wire::Dialect::d) {
    greet_older();
    return;
  }
  start_timer();
  negotiation_.emplace(dialled_.link_id, dialled_.type, hub_.identity_,
                       options_.require_header_mac);
  send_whole(base::as_bytes(wire::encode_link(negotiation_->request())));
}

/// A dialled node of generations A to C answers nothing that would have to be waited for.
void Link::greet_older() {
  generation_ = wire::generation_of(dialled_.dialect);
  Agreement agreement;
  agreement.link_id = dialled_.link_id;
  const bool links = generation_ == wire::Generation::c && dialled_.sends_link;
  if (links) {
    wire::LinkNegotiation request;
    request.link_id = dialled_.link_id;
    request.version = wire::kProtocolVersionC;
    send_whole(base::as_bytes(wire::encode_link_c(request)));
  }
  forward::LinkTraits traits = traits_of(generation_, !links && generation_ == wire::Generation::c);
  traits.dialect = dialled_.dialect;
  come_up(std::move(agreement), traits);
}

/// docs/protocol/wire.md 13.1: the first message that tells decides for the whole stream.
Intake Link::first_message(base::ByteView message, const base::SharedBytes& owner) {
  if (negotiation_ || options_.newest_only) {
    negotiate(message);
    return Intake::taken;
  }
  const wire::Detection found = wire::detect(path_, message);
  if (found.error != wire::DetectError::none) {
    hub_.link_counters_.undecodable.add();
    SLIM_DEBUG(kTarget, "first message of no generation, closing connection",
               kv("remote", info_.remote), kv("error", wire::to_string(found.error)));
    finish(CloseReason::undecodable_message);
    return Intake::taken;
  }
  if (found.undecided()) {
    hub_.link_counters_.ignored.add();
    return Intake::taken;
  }
  generation_ = *found.generation;
  if (generation_ == wire::Generation::d) {
    negotiate(message);
    return Intake::taken;
  }
  if (found.has_link) {
    answer_link_c(message);
    return Intake::taken;
  }
  // What a C peer without Link repeats, releases 1.0 and 1.1 count (docs/protocol/forwarding.md
  // 15).
  come_up({}, traits_of(generation_, generation_ == wire::Generation::c));
  return state_ == State::up ? ingress(message, owner) : Intake::taken;
}

/// Releases 1.3 and 1.4 (docs/protocol/wire.md 10.3).
void Link::answer_link_c(base::ByteView message) {
  wire::MessageView view;
  std::optional<wire::LinkNegotiation> request;
  if (wire::decode_c(message, view) == wire::DecodeError::none) {
    request = wire::decode_link(message, view);
  }
  if (!request) {
    hub_.link_counters_.undecodable.add();
    finish(CloseReason::undecodable_message);
    return;
  }
  wire::LinkNegotiation reply;
  reply.link_id = request->link_id;
  reply.version = wire::kProtocolVersionC;
  reply.is_reply = true;
  send_whole(base::as_bytes(wire::encode_link_c(reply)));
  Agreement agreement;
  agreement.link_id = request->link_id;
  agreement.peer_version = request->version;
  come_up(std::move(agreement), traits_of(generation_, false));
}

void Link::negotiate(base::ByteView message) {
  wire::MessageView view;
  if (const auto error = wire::decode_d(message, view); error != wire::DecodeError::none) {
    hub_.link_counters_.undecodable.add();
    finish(CloseReason::undecodable_message);
    return;
  }
  if (view.kind == wire::Kind::none) {
    hub_.link_counters_.ignored.add();
    return;
  }
  if (view.kind != wire::Kind::link) {
    fail_negotiation("first message on remote link is not a link negotiation");
    return;
  }
  const auto link = wire::decode_link(message, view);
  if (!link) {
    fail_negotiation("missing link negotiation payload");
    return;
  }
  if (negotiation_ && dialled_.may_be_older && wire::is_valid_reply_c(*link, dialled_.link_id) &&
      wire::semver_major(link->version).value_or(0) < 2) {
    // Releases 1.3 and 1.4 leave out what they do not know.
    generation_ = wire::Generation::c;
    Agreement agreement;
    agreement.link_id = link->link_id;
    agreement.peer_version = link->version;
    come_up(std::move(agreement), traits_of(generation_, false));
    return;
  }
  if (negotiation_) {
    auto agreement = negotiation_->finish(*link);
    if (!agreement) {
      fail_negotiation(agreement.error());
    } else {
      agree(std::move(*agreement));
    }
    return;
  }
  auto accepted = accept_negotiation(*link, hub_.identity_, options_.require_header_mac);
  if (!accepted) {
    fail_negotiation(accepted.error());
    return;
  }
  // The reply goes out before the checks of peers: docs/protocol/wire.md 5.3.
  send_whole(base::as_bytes(wire::encode_link(accepted->reply)));
  agree(std::move(accepted->agreement));
}

void Link::fail_negotiation(const std::string& why) {
  hub_.link_counters_.count(direction(), NegotiationResult::invalid);
  if (const auto held = negotiation_log.admit(hub_.executor_.now())) {
    SLIM_ERROR(kTarget, "link negotiation failed, closing connection", kv("error", why),
               kv("remote", info_.remote), kv("held_back", *held));
  }
  finish(CloseReason::negotiation_failed);
}

void Link::agree(Agreement agreement) {
  if (agreement.refusal) {
    const Refusal refusal = *agreement.refusal;
    hub_.link_counters_.count(direction(), refusal.reason == CloseReason::self_connection
                                               ? NegotiationResult::self
                                               : NegotiationResult::domain_mismatch);
    if (refusal.reason == CloseReason::self_connection) {
      SLIM_WARN(kTarget, "rejecting peer connection from self (same node_id)",
                kv("remote", info_.remote));
    } else {
      SLIM_WARN(kTarget, "rejecting peer upgrade: deployment_name mismatch",
                kv("remote", info_.remote), kv("node_id", agreement.peer_node_id));
    }
    finish(refusal.reason, refusal.status);
    return;
  }
  come_up(std::move(agreement));
}

void Link::count_up() {
  LinkCounters& counters = hub_.link_counters_;
  const auto type = static_cast<std::size_t>(ref_.type());
  const auto way = static_cast<std::size_t>(direction());
  const base::Instant now = hub_.executor_.now();
  const bool negotiated = generation_ == wire::Generation::d;
  counters.count(direction(), negotiated ? NegotiationResult::ok : NegotiationResult::not_offered);
  if (negotiated) counters.negotiation_times[way].observe(now - since_);
  counters.up[type][way].add();
  counters.opened[type][way].add();
  counters.generations[static_cast<std::size_t>(generation_)].add();
  since_ = now;
}

void Link::come_up(Agreement agreement, forward::LinkTraits traits) {
  hub_.executor_.cancel(timer_);
  forward::LinkRef ref = dialled_.previous;
  if (!ref) {
    const auto added = hub_.router_.add_link(agreement.type, hub_.worker_);
    if (!added) {
      finish(CloseReason::node_limit, {GrpcStatus::kUnavailable, "too many connections"});
      return;
    }
    ref = *added;
  }
  ref_ = ref;
  state_ = State::up;
  mac_ = std::move(agreement.mac);
  info_.link = ref;
  info_.peer_node_id = agreement.peer_node_id;
  info_.peer_version = agreement.peer_version;
  info_.link_id = agreement.link_id;
  info_.generation = generation_;
  count_up();
  hub_.place(ref, *this);
  if (ref.type() == LinkType::edge) {
    SLIM_DEBUG(kTarget, "connection registered after link negotiation",
               kv("conn_index", ref.index()), kv("generation", wire::to_string(generation_)),
               kv("remote", info_.remote));
  } else {
    SLIM_INFO(kTarget, "connection registered after link negotiation",
              kv("conn_index", ref.index()), kv("type", forward::to_string(ref.type())),
              kv("node_id", info_.peer_node_id), kv("remote", info_.remote));
  }
  traits.uplink = dialled_.uplink;
  traits.translate = options_.translate;
  hub_.router_.link_up(ref, traits);
  if (dialled_.observer) dialled_.observer->on_link_up(ref, info_);
}

}  // namespace slim::link
