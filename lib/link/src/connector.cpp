#include <slim/base/log.hpp>
#include <slim/link/connector.hpp>
#include <slim/wire/generation.hpp>

namespace slim::link {
namespace {

using forward::LinkType;
using transport::CloseReason;
using transport::GrpcStatus;

/// A link that was up for less says little about the next attempt.
constexpr auto kBrief = std::chrono::seconds(5);

const log::Target kTarget{"slim_service::service"};
const log::Target kReconnectTarget{"slim_datapath::message_processing"};

std::string default_authority(const transport::Endpoint& endpoint) {
  if (endpoint.kind == transport::EndpointKind::unix_socket) return "localhost";
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  const std::string host = v6 ? '[' + endpoint.host + ']' : endpoint.host;
  return host + ':' + std::to_string(endpoint.port);
}

std::string_view path_of(wire::Dialect dialect) {
  return wire::generation_of(dialect) == wire::Generation::a ? wire::kPubSubPath
                                                             : wire::kDataPlanePath;
}

DialResult result_of(CloseReason reason, const GrpcStatus& status) {
  constexpr int kUnauthenticated = 16;
  if (status.code == GrpcStatus::kPermissionDenied || status.code == kUnauthenticated) {
    return DialResult::auth;
  }
  switch (reason) {
    case CloseReason::connect_failed:
      return DialResult::unreachable;
    case CloseReason::connect_timeout:
      return DialResult::timeout;
    case CloseReason::tls_failed:
    case CloseReason::tls_timeout:
      return DialResult::tls;
    case CloseReason::peer_refused:
    case CloseReason::response_timeout:
    case CloseReason::bad_preface:
    case CloseReason::http2_error:
      return DialResult::http;
    case CloseReason::negotiation_failed:
    case CloseReason::negotiation_timeout:
    case CloseReason::self_connection:
    case CloseReason::deployment_mismatch:
      return DialResult::negotiation;
    default:
      return DialResult::other;
  }
}

}  // namespace

Connector::Connector(Options options, transport::Loop& loop, Hub& hub, forward::Router& router,
                     base::Random& random, transport::TransportCounters& counters, Events events)
    : options_(std::move(options)),
      loop_(loop),
      hub_(hub),
      router_(router),
      random_(random),
      counters_(counters),
      events_(std::move(events)) {
  if (options_.authority.empty()) options_.authority = default_authority(options_.endpoint);
  if (options_.server_name.empty()) options_.server_name = options_.endpoint.host;
  dialect_ = options_.dialect.value_or(wire::Dialect::d);
}

Connector::~Connector() {
  stop();
  // Each tells us of its end, which is the last that it has to do with us.
  while (!connections_.empty()) {
    const auto connection = connections_.back();
    connection->close(CloseReason::drain);
    std::erase(connections_, connection);
  }
}

void Connector::start() { attempt(); }

void Connector::stop() {
  stopped_ = true;
  dialer_.reset();
  loop_.cancel(retry_timer_);
  if (handler_ && !up_) hub_.abandon(std::exchange(handler_, nullptr), CloseReason::drain);
  // Those in a TLS handshake have no stream that could end them.
  for (const auto& connection : std::vector(connections_)) {
    if (!connection->dialled_stream()) connection->close(CloseReason::drain);
  }
  if (!handler_ && ref_) {
    hub_.link_counters().count(options_.type, ReconnectResult::cancelled);
    router_.remove_link(std::exchange(ref_, {}));
  }
}

void Connector::attempt() {
  ++attempts_;
  dialer_ = std::make_unique<transport::Dialer>(
      loop_, options_.endpoint, options_.connect_timeout,
      [this](transport::Dialer::Outcome outcome, transport::Dialer::Socket socket) {
        connected(std::move(outcome), std::move(socket));
      });
}

void Connector::connected(transport::Dialer::Outcome outcome, transport::Dialer::Socket socket) {
  const auto done = std::move(dialer_);
  if (outcome.failure != CloseReason::none) {
    hub_.link_counters().count(options_.type, result_of(outcome.failure, {}));
    failed(outcome.failure, outcome.detail);
    return;
  }
  counters_.connections_dialled.add();
  outcome.peer.tls = options_.tls != nullptr;
  handler_ = hub_.dial({options_.link, options_.type, options_.link_id, ref_, this, dialect_,
                        sends_link_, !options_.dialect, options_.uplink});
  transport::StreamHandler* const handler = handler_;
  ended_early_ = nullptr;
  auto connection =
      transport::Connection::dial({loop_, options_.http2, counters_, *this, std::move(socket),
                                   std::move(outcome.peer), outcome.is_tcp, options_.tls},
                                  {options_.authority, std::string(path_of(dialect_)),
                                   options_.server_name, options_.user_agent, options_.headers},
                                  *handler);
  // All of it may have failed inside that call.
  if (ended_early_ != connection.get()) connections_.push_back(connection);
  if (handler_ != handler) return;
  if (auto* stream = connection->dialled_stream()) hub_.attach(handler, *stream);
}

void Connector::on_end(transport::Connection& connection, CloseReason reason,
                       const std::string& detail) {
  if (reason != CloseReason::peer_closed) last_detail_ = detail;
  ended_early_ = &connection;
  std::erase_if(connections_, [&](const auto& c) { return c.get() == &connection; });
}

void Connector::on_link_up(forward::LinkRef link, const LinkInfo& info) {
  const bool again = static_cast<bool>(ref_);
  ref_ = link;
  up_ = true;
  up_since_ = loop_.now();
  attempts_ = 0;
  shown_up_.set(1);
  hub_.link_counters().count(options_.type, DialResult::ok);
  if (again) {
    hub_.link_counters().count(options_.type, ReconnectResult::ok);
    SLIM_INFO(kReconnectTarget, "connection re-established successfully",
              kv("endpoint", options_.endpoint.text), kv("conn_index", link.index()));
  } else {
    SLIM_INFO(kTarget, "client connected", kv("endpoint", options_.endpoint.text),
              kv("conn_id", link.index()), kv("node_id", info.peer_node_id));
  }
  if (events_.on_up) events_.on_up(again);
}

void Connector::on_link_end(CloseReason reason, const GrpcStatus& status) {
  handler_ = nullptr;
  shown_up_.set(0);
  if (!up_) hub_.link_counters().count(options_.type, result_of(reason, status));
  if (std::exchange(up_, false)) {
    lost(reason, status);
    return;
  }
  const bool denied = status.code == GrpcStatus::kPermissionDenied ||
                      reason == CloseReason::self_connection ||
                      reason == CloseReason::deployment_mismatch;
  if (denied && !stopped_) {
    SLIM_WARN(kTarget, "connection rejected by remote, will not reconnect",
              kv("endpoint", options_.endpoint.text), kv("message", status.message));
    give_up("rejected");
    return;
  }
  try_another(reason, status);
  std::string detail(transport::to_string(reason));
  if (!status.message.empty()) detail += ": " + status.message;
  if (!last_detail_.empty()) detail += ": " + std::exchange(last_detail_, {});
  failed(reason, detail);
}

/// docs/protocol/wire.md 13.2: which generation a node speaks shows in how it takes the newest
/// one's greeting, and then, for want of any answer, in which subscription ends the stream.
void Connector::try_another(CloseReason reason, const GrpcStatus& status) {
  using wire::Dialect;
  if (options_.dialect) return;
  const Dialect before = dialect_;
  if (status.code == GrpcStatus::kUnimplemented) {
    dialect_ = dialect_ == Dialect::a5 ? Dialect::d : Dialect::a5;
  } else if (dialect_ == Dialect::d && reason == CloseReason::negotiation_timeout) {
    dialect_ = Dialect::c;
    sends_link_ = false;
  } else if (dialect_ == Dialect::c && reason == CloseReason::peer_closed) {
    dialect_ = Dialect::b;
  } else if (dialect_ != Dialect::d && reason == CloseReason::peer_closed) {
    dialect_ = Dialect::d;
  }
  if (dialect_ == before) return;
  SLIM_INFO(kTarget, "trying another wire generation", kv("endpoint", options_.endpoint.text),
            kv("generation", wire::to_string(wire::generation_of(dialect_))));
}

void Connector::lost(CloseReason reason, const GrpcStatus& status) {
  if (stopped_ || reason == CloseReason::drain || reason == CloseReason::admin) {
    router_.remove_link(std::exchange(ref_, {}));
    return;
  }
  if (reason == CloseReason::uplink_cycle) {
    give_up("the uplink forms a cycle");
    return;
  }
  if (loop_.now() - up_since_ < kBrief) try_another(reason, status);
  if (status.code == GrpcStatus::kPermissionDenied) {
    SLIM_WARN(kTarget, "connection rejected by remote, will not reconnect",
              kv("endpoint", options_.endpoint.text), kv("message", status.message));
    give_up("rejected");
    return;
  }
  if (options_.type == LinkType::remote) {
    give_up("remote links are dialled again by the control plane");
    return;
  }
  router_.link_down(ref_);
  hub_.link_counters().count(options_.type, ReconnectResult::started);
  SLIM_INFO(kReconnectTarget, "connection lost with remote endpoint, attempting to reconnect",
            kv("endpoint", options_.endpoint.text), kv("conn_index", ref_.index()),
            kv("reason", transport::to_string(reason)));
  // At once, unless the neighbour takes and loses the link again and again.
  brief_ = loop_.now() - up_since_ < kBrief ? brief_ + 1 : 0;
  retry(brief_ < 2 ? base::Duration{0} : options_.backoff.delay(brief_ - 1, random_.next_unit()));
}

void Connector::failed(CloseReason, const std::string& detail) {
  if (stopped_) {
    if (ref_) router_.remove_link(std::exchange(ref_, {}));
    return;
  }
  if (options_.backoff.max_attempts && attempts_ > *options_.backoff.max_attempts) {
    give_up("attempts exhausted");
    return;
  }
  // Each of the first few, then now and then: an absent neighbour is not news for ever.
  if (attempts_ <= 3 || attempts_ % 30 == 0) {
    SLIM_WARN(kTarget, "transient connect error, retrying", kv("endpoint", options_.endpoint.text),
              kv("error", detail), kv("attempt", attempts_));
  }
  retry(options_.backoff.delay(attempts_, random_.next_unit()));
}

void Connector::retry(base::Duration delay) {
  retry_timer_ = loop_.after(delay, [this] { attempt(); });
}

void Connector::give_up(const char* why) {
  SLIM_ERROR(kReconnectTarget, "unable to reconnect to remote node",
             kv("endpoint", options_.endpoint.text), kv("reason", why));
  if (ref_) {
    hub_.link_counters().count(options_.type, ReconnectResult::gave_up);
    router_.remove_link(std::exchange(ref_, {}));
  }
  if (events_.on_given_up) events_.on_given_up();
}

}  // namespace slim::link
