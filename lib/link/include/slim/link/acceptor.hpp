/// One worker's accepted connections of one configured server.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include <slim/link/admission.hpp>
#include <slim/link/hub.hpp>
#include <slim/link/options.hpp>
#include <slim/transport/connection.hpp>
#include <slim/transport/listener.hpp>

namespace slim::link {

class HealthStreams;

/// Thread: owner worker.
class Acceptor final : public transport::ConnectionOwner {
 public:
  struct Options {
    transport::Http2Options http2;
    LinkOptions link;
    /// Null for plain text.
    std::shared_ptr<const transport::TlsContext> tls;
    /// Answers grpc.health.v1 with what this says; empty: there is no such service.
    std::function<bool()> serving;
  };
  Acceptor(Options options, unsigned worker, transport::Loop& loop, Hub& hub, Admission& admission,
           transport::TransportCounters& counters);
  ~Acceptor();

  /// Takes over what a listener accepted, with the place that Admission gave it.
  void take(transport::Accepted accepted);
  /// For connections that are accepted from now on.
  void set_tls(std::shared_ptr<const transport::TlsContext> tls) { options_.tls = std::move(tls); }
  /// Those who watch the health service are told that the node is about to go.
  void announce_drain();
  /// No new streams from now on; those that run go on, but for the health service's.
  void begin_drain();
  void close_all(transport::CloseReason reason);
  [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }
  /// The same, for any thread.
  [[nodiscard]] const base::Gauge& sockets() const noexcept { return sockets_; }

 private:
  struct Entry {
    std::shared_ptr<transport::Connection> connection;
    bool ready = false;
  };
  Answer on_request(transport::MessageStream& stream, const Request& request) override;
  void on_ready(transport::Connection& connection) override;
  void on_end(transport::Connection& connection, transport::CloseReason reason,
              const std::string& detail) override;

  Options options_;
  unsigned worker_;
  transport::Loop& loop_;
  Hub& hub_;
  Admission& admission_;
  transport::TransportCounters& counters_;
  std::unique_ptr<HealthStreams> health_;
  std::unordered_map<transport::Connection*, Entry> connections_;
  // A connection that became ready or ended inside Connection::serve(), before it had an entry.
  const transport::Connection* ready_early_ = nullptr;
  const transport::Connection* ended_early_ = nullptr;
  base::Gauge sockets_;
  bool draining_ = false;
};

}  // namespace slim::link
