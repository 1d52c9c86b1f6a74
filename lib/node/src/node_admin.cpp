#include "node_admin.hpp"

#include <algorithm>
#include <iterator>

namespace slim::node {

admin::NodeSource::Identity NodeAdmin::identity() const {
  return {node_.service.id, node_.identity.node_id, node_.service.domain_name};
}

std::vector<admin::WorkerCounters> NodeAdmin::counters() const {
  std::vector<admin::WorkerCounters> out;
  for (const auto& hub : node_.hubs) out.push_back({&hub->counters(), &hub->link_counters()});
  return out;
}

forward::Router::Statistics NodeAdmin::routes() const { return node_.router.statistics(); }

admin::Queues NodeAdmin::queues() const {
  admin::Queues out;
  for (const Node::Impl::PerWorker& worker : node_.workers) {
    out.bytes += worker.levels.bytes.value();
    out.largest = std::max(out.largest, worker.levels.largest.value());
    out.full += worker.levels.full.value();
  }
  return out;
}

std::vector<std::uint64_t> NodeAdmin::sockets() const {
  std::vector<std::uint64_t> out(node_.service.servers.size());
  for (const Node::Impl::PerWorker& worker : node_.workers) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] += worker.acceptors[i]->sockets().value();
    }
  }
  return out;
}

std::vector<admin::DialledLink> NodeAdmin::dialled() const {
  std::vector<admin::DialledLink> out;
  for (const Node::Impl::DialPlan& plan : node_.dials) {
    const link::Connector& connector = *node_.workers[plan.worker].connectors[plan.place];
    out.push_back({plan.client.type, plan.label, plan.client.endpoint.text, connector.is_up()});
  }
  return out;
}

std::vector<admin::Certificate> NodeAdmin::certificates() const {
  const std::lock_guard lock(node_.certificates_mutex);
  std::vector<admin::Certificate> out;
  for (const auto& [whose, certificate] : node_.certificates) out.push_back(certificate);
  return out;
}

admin::NodeSource::Reloads NodeAdmin::reloads() const {
  return {node_.reloads_done.value(), node_.reloads_failed.value()};
}

std::vector<std::string> NodeAdmin::unready() const {
  if (node_.draining) return {"draining"};
  if (node_.listening) return {};
  std::vector<std::string> out{"starting"};
  for (const settings::Server& server : node_.service.servers) {
    out.push_back("listener " + server.endpoint.text + " not bound");
  }
  return out;
}

template <class Item>
void NodeAdmin::gather(std::function<std::vector<Item>(link::Hub&)> part,
                       std::function<void(std::vector<Item>)> done) {
  // A place for each worker, so that they need not wait for each other.
  auto parts = std::make_shared<std::vector<std::vector<Item>>>(node_.hubs.size());
  node_.runtime.on_all(
      [this, parts, part = std::move(part)](unsigned w) { (*parts)[w] = part(*node_.hubs[w]); },
      [parts, done = std::move(done)] {
        std::vector<Item> all;
        for (std::vector<Item>& one : *parts)
          std::move(one.begin(), one.end(), std::back_inserter(all));
        done(std::move(all));
      });
}

void NodeAdmin::list_links(std::uint32_t from, std::size_t max,
                           std::function<void(std::vector<link::LinkReport>)> done) {
  gather<link::LinkReport>([from, max](link::Hub& hub) { return hub.list(from, max); },
                           [max, done = std::move(done)](std::vector<link::LinkReport> all) {
                             std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
                               return a.info.link.index() < b.info.link.index();
                             });
                             if (all.size() > max) all.resize(max);
                             done(std::move(all));
                           });
}

void NodeAdmin::list_closed(
    std::function<void(std::vector<link::ClosedLink>, base::Instant)> done) {
  gather<link::ClosedLink>([](link::Hub& hub) { return hub.closed(); },
                           [this, done = std::move(done)](std::vector<link::ClosedLink> all) {
                             std::stable_sort(
                                 all.begin(), all.end(),
                                 [](const auto& a, const auto& b) { return a.at > b.at; });
                             done(std::move(all), node_.runtime.clock().now());
                           });
}

std::optional<forward::Router::Page> NodeAdmin::list_subscriptions(std::uint64_t after,
                                                                   std::size_t max) {
  return node_.router.list(after, max);
}

forward::LinkRef NodeAdmin::link_at(std::uint64_t index) const {
  return node_.router.link_at(index);
}

forward::Explanation NodeAdmin::explain(const forward::Question& question) {
  return forward::explain(node_.router, reader_, node_.relays_between_peers, question);
}

}  // namespace slim::node
