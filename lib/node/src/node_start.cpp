// Starting a node: listeners, then links to others.
#include <slim/base/log.hpp>
#include <slim/base/log_limit.hpp>

#include "node_impl.hpp"
#include "tls_files.hpp"
#include "version.hpp"

namespace slim::node {
namespace {

const log::Target kTarget{"slim_service::service"};
log::RateLimit accept_log{std::chrono::seconds(10)};

}  // namespace

void Node::Impl::open_listeners() {
  std::size_t index = 0;
  for (const settings::Server& server : service.servers) {
    SLIM_INFO(kTarget, "starting server " + server.endpoint.text);
    transport::Listener::Hooks hooks;
    hooks.may_accept = [this] { return admission.has_room(); };
    hooks.on_accept = [this, index](transport::Accepted accepted) {
      const unsigned worker = admission.enter();
      // A function that can be copied has to hold what cannot.
      auto shared = std::make_shared<transport::Accepted>(std::move(accepted));
      runtime.loop(worker).post([this, worker, index, shared] {
        workers[worker].acceptors[index]->take(std::move(*shared));
      });
    };
    hooks.on_trouble = [this](const std::string& error) {
      if (const auto held = accept_log.admit(runtime.clock().now())) {
        SLIM_WARN(kTarget, "cannot accept connections for now", kv("error", error),
                  kv("held_back", *held));
      }
    };
    auto listener = transport::Listener::open(runtime.loop(0), server.endpoint, std::move(hooks));
    if (!listener) throw StartError("datapath error: " + listener.error());
    bound_ports.push_back((*listener)->local_port());
    listeners.push_back(std::move(*listener));
    ++index;
  }
  admission.on_room([this] {
    runtime.loop(0).post([this] {
      for (auto& listener : listeners) listener->poke();
    });
  });
  // Only now: a node that is connected to must be able to serve.
  runtime.loop(0).post([this] {
    for (auto& listener : listeners) listener->start();
  });
  listening = true;
  for (const auto& listener : listeners) {
    SLIM_INFO(kTarget, "dataplane server started", kv("endpoint", listener->endpoint().text),
              kv("port", listener->local_port()));
  }
}

void Node::Impl::add_connector(const settings::Client& client, bool counts_for_start,
                               const std::string& label) {
  const auto worker = static_cast<unsigned>(dials.size() % runtime.workers());
  link::Connector::Options options;
  options.endpoint = client.endpoint;
  options.tls = load_tls(client);
  note_certificate({false, dials.size()}, client.tls.certificate, options.tls);
  options.http2 = client.http2;
  options.link = client.link;
  options.type = client.type;
  options.link_id = client.link_id.empty() ? random.uuid_v4() : client.link_id;
  options.dialect = client.dialect;
  options.uplink = client.uplink;
  options.backoff = client.backoff;
  options.connect_timeout = client.connect_timeout;
  options.authority = client.authority;
  options.server_name = client.server_name;
  options.user_agent = "slimd/" + std::string(build::kVersion);
  options.headers = client.headers;
  link::Connector::Events hooks;
  if (counts_for_start) {
    ++clients_unsettled;
    hooks.on_up = [this](bool again) {
      if (!again) client_settled();
    };
    hooks.on_given_up = [this, settled = std::make_shared<bool>(false)] {
      if (!std::exchange(*settled, true)) client_settled();
    };
  }
  auto& connectors = workers[worker].connectors;
  dials.push_back({worker, connectors.size(), client, dials.size(), label});
  connectors.push_back(std::make_unique<link::Connector>(
      std::move(options), runtime.loop(worker), *hubs[worker], router, random,
      runtime.counters(worker), std::move(hooks)));
}

void Node::Impl::start_connectors() {
  if (clients_unsettled == 0 && events.on_started) runtime.loop(0).post(events.on_started);
  runtime.on_all(
      [this](unsigned w) {
        for (auto& connector : workers[w].connectors) connector->start();
      },
      [] {});
}

void Node::Impl::client_settled() {
  if (clients_unsettled.load() == 0) return;  // given up after it had been up
  if (--clients_unsettled == 0 && events.on_started) events.on_started();
}

void Node::Impl::reschedule() {
  if (!runtime.is_current(0)) {
    runtime.loop(0).post([this] { reschedule(); });
    return;
  }
  runtime.loop(0).cancel(router_timer);
  const auto due = router.next_due();
  if (!due) return;
  router_timer = runtime.loop(0).after(*due - runtime.loop(0).now(), [this] { run_router(); });
}

void Node::Impl::run_router() {
  router.run_due();
  reschedule();
}

}  // namespace slim::node
