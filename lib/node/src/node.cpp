#include <map>

#include <slim/node/node.hpp>

#include "node_admin.hpp"
#include "node_impl.hpp"
#include "tls_files.hpp"

namespace slim::node {
namespace {

/// How often queues are looked at for the metrics.
constexpr auto kLook = std::chrono::seconds(1);

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
  options.remembered = limits.remembered_links;
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
      workers(r.workers()),
      admin(std::make_unique<NodeAdmin>(*this)) {
  router.set_gateway_auto(service.default_gateway);
  relays_between_peers = hub_options(service, limits).forwarder.relay_between_peers;
  std::vector<link::Hub*> all;
  for (unsigned w = 0; w < runtime.workers(); ++w) {
    executors.push_back(std::make_unique<LoopExecutor>(runtime, w));
    hubs.push_back(std::make_unique<link::Hub>(w, hub_options(service, limits), identity, router,
                                               *executors.back()));
    executors.back()->serve(*hubs.back());
    all.push_back(hubs.back().get());
  }
  for (auto& hub : hubs) hub->meet(all);
  std::size_t servers_seen = 0;
  for (const settings::Server& server : service.servers) {
    link::Acceptor::Options options{server.http2, server.link, load_tls(server.tls), {}};
    if (limits.grpc_health) options.serving = [this] { return listening && !draining; };
    note_certificate({true, servers_seen++}, server.tls.certificate, options.tls);
    for (unsigned w = 0; w < runtime.workers(); ++w) {
      workers[w].acceptors.push_back(std::make_unique<link::Acceptor>(
          options, w, runtime.loop(w), *hubs[w], admission, runtime.counters(w)));
    }
  }
  for (const settings::Client& client : service.clients) {
    add_connector(client, true, "client" + std::to_string(dials.size()));
  }
  if (service.peers) {
    for (const settings::Peer& peer : *service.peers) {
      // The smaller id dials; the own entry is skipped: docs/protocol/forwarding.md 10.
      if (identity.node_id >= peer.node_id) continue;
      settings::Client client = peer.client;
      client.type = forward::LinkType::peer;
      client.link_id = identity.node_id + ':' + peer.node_id;
      add_connector(client, false, peer.node_id);
    }
  }
}

void Node::Impl::note_certificate(std::pair<bool, std::size_t> whose, const settings::PemItem& item,
                                  const std::shared_ptr<const transport::TlsContext>& tls) {
  const auto end = tls ? tls->not_after() : std::nullopt;
  if (!end) return;
  const std::lock_guard lock(certificates_mutex);
  certificates[whose] = {whose.first, whose.second, item.kind == settings::PemItem::Kind::file,
                         std::chrono::system_clock::to_time_t(*end)};
}

Node::Impl::~Impl() {
  // Links end before the hubs do, connections before their owners.
  listeners.clear();
  workers.clear();
}

void Node::Impl::start_watching_queues() {
  runtime.on_all([this](unsigned w) { watch_queues(w); }, [] {});
}

void Node::Impl::watch_queues(unsigned worker) {
  const link::QueueLevels levels = hubs[worker]->queues();
  Levels& shown = workers[worker].levels;
  shown.bytes.set(levels.bytes);
  shown.largest.set(levels.largest);
  shown.full.set(levels.full);
  runtime.loop(worker).after(kLook, [this, worker] { watch_queues(worker); });
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
  impl_->start_watching_queues();
}

void Node::drain(std::function<void()> done) {
  impl_->draining = true;
  impl_->drain(std::move(done));
}

admin::NodeSource& Node::admin() noexcept { return *impl_->admin; }

std::vector<std::uint16_t> Node::ports() const { return impl_->bound_ports; }
const std::string& Node::node_id() const noexcept { return impl_->identity.node_id; }

std::vector<std::string> Node::reload_tls() {
  std::vector<std::string> failures;
  const auto attempt = [&](const settings::Place& place, const auto& load, const auto& use) {
    try {
      auto tls = load();
      if (!tls) return;
      use(std::move(tls));
      impl_->reloads_done.add();
    } catch (const transport::TlsConfigError& error) {
      impl_->reloads_failed.add();
      failures.push_back(place.key + ": " + error.what());
    }
  };
  using Tls = std::shared_ptr<const transport::TlsContext>;
  for (std::size_t i = 0; i < impl_->service.servers.size(); ++i) {
    const settings::Server& server = impl_->service.servers[i];
    attempt(
        server.place, [&] { return load_tls(server.tls); },
        [&](const Tls& tls) {
          impl_->note_certificate({true, i}, server.tls.certificate, tls);
          impl_->runtime.on_all(
              [this, i, tls](unsigned w) { impl_->workers[w].acceptors[i]->set_tls(tls); }, [] {});
        });
  }
  for (const Impl::DialPlan& plan : impl_->dials) {
    attempt(
        plan.client.place, [&] { return load_tls(plan.client); },
        [&](const Tls& tls) {
          impl_->note_certificate({false, plan.number}, plan.client.tls.certificate, tls);
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
    out.header_mac_failures += l.mac_failures();
    for (const auto& results : l.negotiations) {
      for (std::size_t r = 0; r < link::kNegotiationResults; ++r) {
        const auto result = static_cast<link::NegotiationResult>(r);
        const bool ok =
            result == link::NegotiationResult::ok || result == link::NegotiationResult::not_offered;
        if (!ok) out.negotiations_failed += results[r].value();
      }
    }
  }
  out.closed.assign(closed.begin(), closed.end());
  out.dropped.assign(dropped.begin(), dropped.end());
  return out;
}

}  // namespace slim::node
