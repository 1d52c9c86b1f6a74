#include <map>

#include <slim/node/node.hpp>

#include "node_impl.hpp"
#include "tls_files.hpp"

namespace slim::node {
namespace {

forward::RouterOptions router_options(const settings::Service& service,
                                      const settings::NodeLimits& limits) {
  forward::RouterOptions options;
  options.table = limits.table;
  options.max_name_bytes = limits.max_name_bytes;
  options.full_mesh = service.peers.has_value();
  options.announcement_ttl = options.full_mesh ? 2 : 8;
  return options;
}

link::HubOptions hub_options(const settings::Service& service, const settings::NodeLimits& limits) {
  link::HubOptions options;
  options.handoff_bytes = limits.handoff_bytes;
  // docs/protocol/forwarding.md 5.3
  options.forwarder.relay_between_peers = !service.peers && !service.servers.empty();
  return options;
}

}  // namespace

Node::Impl::Impl(Runtime& r, const settings::Service& s, const settings::NodeLimits& limits,
                 base::Random& rnd)
    : runtime(r),
      service(s),
      random(rnd),
      identity{s.node_id.empty() ? "node-" + rnd.uuid_v4() : s.node_id, s.domain_name},
      router(router_options(s, limits), r.clock(), rnd, epochs, *this),
      admission(limits.admission, r.workers()),
      workers(r.workers()) {
  router.set_gateway_auto(service.default_gateway);
  std::vector<link::Hub*> all;
  for (unsigned w = 0; w < runtime.workers(); ++w) {
    executors.push_back(std::make_unique<LoopExecutor>(runtime, w));
    hubs.push_back(std::make_unique<link::Hub>(w, hub_options(service, limits), identity, router,
                                               *executors.back()));
    executors.back()->serve(*hubs.back());
    all.push_back(hubs.back().get());
  }
  for (auto& hub : hubs) hub->meet(all);
  for (const settings::Server& server : service.servers) {
    const link::Acceptor::Options options{server.http2, server.link, load_tls(server.tls)};
    for (unsigned w = 0; w < runtime.workers(); ++w) {
      workers[w].acceptors.push_back(std::make_unique<link::Acceptor>(
          options, w, runtime.loop(w), *hubs[w], admission, runtime.counters(w)));
    }
  }
  for (const settings::Client& client : service.clients) add_connector(client, true);
  if (service.peers) {
    for (const settings::Peer& peer : *service.peers) {
      // The smaller id dials; the own entry is skipped: docs/protocol/forwarding.md 10.
      if (identity.node_id >= peer.node_id) continue;
      settings::Client client = peer.client;
      client.type = forward::LinkType::peer;
      client.link_id = identity.node_id + ':' + peer.node_id;
      add_connector(client, false);
    }
  }
}

Node::Impl::~Impl() {
  // Links end before the hubs do, connections before their owners.
  listeners.clear();
  workers.clear();
}

Node::Node(Runtime& runtime, const settings::Service& service, const settings::NodeLimits& limits,
           base::Random& random) {
  try {
    impl_ = std::make_unique<Impl>(runtime, service, limits, random);
  } catch (const transport::TlsConfigError& error) {
    throw StartError(std::string("datapath error: ") + error.what());
  }
}

Node::~Node() = default;

void Node::start(Events events) {
  impl_->events = std::move(events);
  impl_->open_listeners();
  impl_->start_connectors();
}

void Node::drain(std::function<void()> done) { impl_->drain(std::move(done)); }

std::vector<std::uint16_t> Node::ports() const { return impl_->bound_ports; }
const std::string& Node::node_id() const noexcept { return impl_->identity.node_id; }

std::vector<std::string> Node::reload_tls() {
  std::vector<std::string> failures;
  const auto attempt = [&](const settings::Place& place, const auto& load, const auto& use) {
    try {
      if (auto tls = load()) use(std::move(tls));
    } catch (const transport::TlsConfigError& error) {
      failures.push_back(place.key + ": " + error.what());
    }
  };
  using Tls = std::shared_ptr<const transport::TlsContext>;
  for (std::size_t i = 0; i < impl_->service.servers.size(); ++i) {
    const settings::Server& server = impl_->service.servers[i];
    attempt(
        server.place, [&] { return load_tls(server.tls); },
        [&](const Tls& tls) {
          impl_->runtime.on_all(
              [this, i, tls](unsigned w) { impl_->workers[w].acceptors[i]->set_tls(tls); }, [] {});
        });
  }
  for (const Impl::DialPlan& plan : impl_->dials) {
    attempt(
        plan.client.place, [&] { return load_tls(plan.client); },
        [&](const Tls& tls) {
          impl_->runtime.loop(plan.worker).post([this, plan, tls] {
            impl_->workers[plan.worker].connectors[plan.place]->set_tls(tls);
          });
        });
  }
  return failures;
}

Statistics Node::statistics() const {
  Statistics out;
  const auto router = impl_->router.statistics();
  out.links = router.links;
  out.subscriptions = router.records;
  out.names = router.routes;
  std::map<std::string, std::uint64_t> closed;
  std::map<std::string, std::uint64_t> dropped;
  for (unsigned w = 0; w < impl_->runtime.workers(); ++w) {
    const transport::TransportCounters& t = impl_->runtime.counters(w);
    out.connections += t.connections_open.value();
    out.connections_accepted += t.connections_accepted.value();
    out.bytes_received += t.bytes_received.value();
    out.bytes_sent += t.bytes_sent.value();
    for (std::size_t r = 0; r < transport::kCloseReasons; ++r) {
      const std::uint64_t n = t.streams_closed[r].value() + t.connections_closed[r].value();
      const auto name = transport::to_string(static_cast<transport::CloseReason>(r));
      if (n > 0) closed[std::string(name)] += n;
    }
    const forward::Counters& f = impl_->hubs[w]->counters();
    for (std::size_t kind = 0; kind < forward::Counters::kKinds; ++kind) {
      for (std::size_t type = 0; type < forward::kLinkTypes; ++type) {
        out.messages_received += f.received[kind][type].value();
        out.messages_sent += f.sent[kind][type].value();
        if (kind == static_cast<std::size_t>(wire::Kind::publish)) {
          out.publishes_received += f.received[kind][type].value();
        }
      }
    }
    for (std::size_t r = 0; r < forward::kDropReasons; ++r) {
      for (const base::Counter& counter : f.dropped[r]) {
        if (counter.value() == 0) continue;
        out.messages_dropped += counter.value();
        dropped[std::string(to_string(static_cast<forward::DropReason>(r)))] += counter.value();
      }
    }
    out.stalls += f.stalls.value();
    const link::LinkCounters& l = impl_->hubs[w]->link_counters();
    out.header_mac_failures += l.mac_missing.value() + l.mac_mismatch.value();
    out.negotiations_failed += l.negotiations_failed.value() + l.negotiations_timed_out.value();
  }
  out.closed.assign(closed.begin(), closed.end());
  out.dropped.assign(dropped.begin(), dropped.end());
  return out;
}

}  // namespace slim::node
