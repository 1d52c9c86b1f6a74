/// A configured link to another node: dialled, kept, dialled again when it is lost.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <slim/base/random.hpp>
#include <slim/link/hub.hpp>
#include <slim/link/options.hpp>
#include <slim/transport/connection.hpp>
#include <slim/transport/dialer.hpp>
#include <slim/transport/endpoint.hpp>

namespace slim::link {

/// docs/protocol/forwarding.md 12. An edge or peer link keeps its index, link id and routes through
/// reconnects; a remote one is dialled until it is up once, and not again.
/// Thread: owner worker.
class Connector final : transport::ConnectionOwner, DialledObserver {
 public:
  struct Options {
    transport::Endpoint endpoint;
    std::shared_ptr<const transport::TlsContext> tls;
    transport::Http2Options http2;
    LinkOptions link;
    forward::LinkType type = forward::LinkType::edge;
    std::string link_id;
    /// How the other node is spoken to; none: it is found out.
    std::optional<wire::Dialect> dialect;
    std::shared_ptr<const forward::UplinkRules> uplink;
    Backoff backoff;
    base::Duration connect_timeout{0};
    /// `:authority` of the request; the endpoint's without it.
    std::string authority;
    /// What the certificate must name; the endpoint's host without it.
    std::string server_name;
    std::string user_agent;
    /// More headers of the request.
    std::vector<std::pair<std::string, std::string>> headers;
  };
  struct Events {
    /// The link is up, for the first time or again.
    std::function<void(bool again)> on_up;
    /// The link will not come up any more.
    std::function<void()> on_given_up;
  };
  Connector(Options options, transport::Loop& loop, Hub& hub, forward::Router& router,
            base::Random& random, transport::TransportCounters& counters, Events events);
  ~Connector();

  void start();
  /// No more attempts; a link that is up ends with Hub::finish_all().
  void stop();
  /// For attempts from now on.
  void set_tls(std::shared_ptr<const transport::TlsContext> tls) { options_.tls = std::move(tls); }
  /// Connections that have not ended, whatever became of their link.
  [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }
  /// Thread: any.
  [[nodiscard]] bool is_up() const noexcept { return shown_up_.value() != 0; }
  [[nodiscard]] const Options& options() const noexcept { return options_; }

 private:
  void attempt();
  void connected(transport::Dialer::Outcome outcome, transport::Dialer::Socket socket);
  void failed(transport::CloseReason reason, const std::string& detail);
  void lost(transport::CloseReason reason, const transport::GrpcStatus& status);
  void retry(base::Duration delay);
  void give_up(const char* why);
  void try_another(transport::CloseReason reason, const transport::GrpcStatus& status);

  // transport::ConnectionOwner
  Answer on_request(transport::MessageStream&, const Request&) override { return {}; }
  void on_ready(transport::Connection&) override {}
  void on_end(transport::Connection& connection, transport::CloseReason reason,
              const std::string& detail) override;
  // DialledObserver
  void on_link_up(forward::LinkRef link, const LinkInfo& info) override;
  void on_link_end(transport::CloseReason reason, const transport::GrpcStatus& status) override;

  Options options_;
  transport::Loop& loop_;
  Hub& hub_;
  forward::Router& router_;
  base::Random& random_;
  transport::TransportCounters& counters_;
  Events events_;

  std::unique_ptr<transport::Dialer> dialer_;
  // The one in use last; an earlier one may still be flushing.
  std::vector<std::shared_ptr<transport::Connection>> connections_;
  const transport::Connection* ended_early_ = nullptr;  ///< inside Connection::dial()
  transport::StreamHandler* handler_ = nullptr;         ///< while a stream is being opened or runs
  forward::LinkRef ref_;                                ///< kept while the link is down
  bool up_ = false;
  base::Gauge shown_up_;
  bool stopped_ = false;
  /// What the next attempt speaks, and whether it begins with a Link where that is C.
  wire::Dialect dialect_ = wire::Dialect::d;
  bool sends_link_ = true;
  std::uint64_t attempts_ = 0;  ///< since the link was last up
  std::uint64_t brief_ = 0;     ///< links in a row that were lost as soon as they were up
  base::Instant up_since_{};
  std::string last_detail_;
  base::TimerId retry_timer_{};
};

}  // namespace slim::link
