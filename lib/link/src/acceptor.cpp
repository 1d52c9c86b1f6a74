#include <sys/socket.h>

#include <slim/base/log.hpp>
#include <slim/base/log_limit.hpp>
#include <slim/link/acceptor.hpp>
#include <slim/wire/generation.hpp>

#include "health_streams.hpp"

namespace slim::link {
namespace {

using transport::CloseReason;
using transport::GrpcStatus;

const log::Target kTarget{"slim_config::grpc::server"};
log::RateLimit tls_log{std::chrono::seconds(1)};

}  // namespace

Acceptor::Acceptor(Options options, unsigned worker, transport::Loop& loop, Hub& hub,
                   Admission& admission, transport::TransportCounters& counters)
    : options_(std::move(options)),
      worker_(worker),
      loop_(loop),
      hub_(hub),
      admission_(admission),
      counters_(counters),
      health_(std::make_unique<HealthStreams>(loop)) {}

Acceptor::~Acceptor() { close_all(CloseReason::drain); }

void Acceptor::take(transport::Accepted accepted) {
  counters_.connections_accepted.add();
  const int family = accepted.is_tcp ? AF_INET6 : AF_UNIX;
  transport::Connection::Socket socket(loop_.context());
  boost::system::error_code error;
  // The family is of no consequence once the socket is connected.
  socket.assign(boost::asio::generic::stream_protocol(family, 0), accepted.fd.get(), error);
  if (!error) (void)accepted.fd.release();
  accepted.peer.tls = options_.tls != nullptr;
  SLIM_DEBUG(kTarget, "new connection received from remote", kv("remote", accepted.peer.remote),
             kv("local", accepted.peer.local));
  // Events may come before serve() returns, and before the entry is there: on_end() of a connection
  // that has none notes it in ended_early_.
  ended_early_ = nullptr;
  auto connection =
      transport::Connection::serve({loop_, options_.http2, counters_, *this, std::move(socket),
                                    std::move(accepted.peer), accepted.is_tcp, options_.tls});
  if (ended_early_ == connection.get()) return;
  if (draining_) connection->go_away();
  connections_.emplace(connection.get(), Entry{connection, ready_early_ == connection.get()});
  ready_early_ = nullptr;
  sockets_.set(connections_.size());
}

transport::ConnectionOwner::Answer Acceptor::on_request(transport::MessageStream& stream,
                                                        const Request& request) {
  using wire::PathKind;
  if (options_.serving && (request.path == kHealthCheckPath || request.path == kHealthWatchPath)) {
    const bool watch = request.path == kHealthWatchPath;
    return {
        health_->accept(stream, watch ? HealthStreams::Method::watch : HealthStreams::Method::check,
                        options_.serving()),
        {}};
  }
  const bool is_pubsub = request.path == wire::kPubSubPath && !options_.link.newest_only;
  if (!is_pubsub && request.path != wire::kDataPlanePath) {
    return {nullptr, {GrpcStatus::kUnimplemented, ""}};
  }
  const PathKind path = is_pubsub ? PathKind::pubsub : PathKind::dataplane;
  return {hub_.accept(stream, options_.link, path), {}};
}

void Acceptor::on_ready(transport::Connection& connection) {
  admission_.handshake_over();
  const auto found = connections_.find(&connection);
  if (found != connections_.end()) {
    found->second.ready = true;
  } else {
    ready_early_ = &connection;
  }
}

void Acceptor::on_end(transport::Connection& connection, CloseReason reason,
                      const std::string& detail) {
  const auto found = connections_.find(&connection);
  const bool ready =
      found != connections_.end() ? found->second.ready : ready_early_ == &connection;
  if (!ready) admission_.handshake_over();
  admission_.leave(worker_);
  const std::string& remote = connection.peer().remote;
  SLIM_DEBUG(kTarget, "close connection", kv("remote", remote),
             kv("reason", transport::to_string(reason)), kv("detail", detail));
  if (reason == CloseReason::tls_failed) {
    if (const auto held = tls_log.admit(loop_.now())) {
      SLIM_WARN(kTarget, "tls handshake failed", kv("remote", remote), kv("reason", detail),
                kv("held_back", *held));
    }
  }
  if (found == connections_.end()) {
    ended_early_ = &connection;
  } else {
    connections_.erase(found);
  }
  sockets_.set(connections_.size());
}

void Acceptor::announce_drain() { health_->stop_serving(); }

void Acceptor::begin_drain() {
  draining_ = true;
  health_->finish_all();
  for (auto& [key, entry] : connections_) entry.connection->go_away();
}

void Acceptor::close_all(CloseReason reason) {
  while (!connections_.empty()) {
    const std::shared_ptr<transport::Connection> connection =
        connections_.begin()->second.connection;
    connection->close(reason);
    connections_.erase(connection.get());
  }
}

}  // namespace slim::link
