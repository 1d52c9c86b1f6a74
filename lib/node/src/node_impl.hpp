/// What a node is made of.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <slim/forward/router.hpp>
#include <slim/link/acceptor.hpp>
#include <slim/link/admission.hpp>
#include <slim/link/connector.hpp>
#include <slim/node/node.hpp>
#include <slim/transport/listener.hpp>

#include "loop_executor.hpp"

namespace slim::node {

class NodeAdmin;

/// Members are in the order in which they depend on each other; they end in reverse.
struct Node::Impl final : forward::Router::Port {
  Impl(Runtime& runtime, const settings::Service& service, const settings::NodeLimits& limits,
       base::Random& random);
  ~Impl() override;

  // forward::Router::Port
  void wake(forward::LinkRef link) override { hubs[link.worker()]->wake(link); }
  void reschedule() override;

  // Start: node_start.cpp
  void open_listeners();
  void add_connector(const settings::Client& client, bool counts_for_start,
                     const std::string& label);
  void start_connectors();
  void client_settled();

  // Stop: node_drain.cpp
  void drain(std::function<void()> done);
  void close_listeners();
  void wait_for_newcomers(base::Instant until);
  void stop_intake();
  void pass_handoffs(unsigned rounds);
  void finish_links();
  void wait_for_connections();

  void run_router();

  // For the admin listener.
  void note_certificate(std::pair<bool, std::size_t> whose, const settings::PemItem& item,
                        const std::shared_ptr<const transport::TlsContext>& tls);
  void start_watching_queues();
  void watch_queues(unsigned worker);

  /// What was last seen of a worker's queues; any thread reads it.
  struct Levels {
    base::Gauge bytes;
    base::Gauge largest;
    base::Gauge full;
  };
  /// What belongs to one worker; touched by it alone once the runtime has started.
  struct PerWorker {
    std::vector<std::unique_ptr<link::Acceptor>> acceptors;  ///< by server
    std::vector<std::unique_ptr<link::Connector>> connectors;
    Levels levels;
  };
  struct DialPlan {
    unsigned worker;
    std::size_t place;  ///< among the worker's connectors
    settings::Client client;
    std::size_t number;  ///< among all that are dialled
    std::string label;   ///< of its metrics
  };

  Runtime& runtime;
  settings::Service service;
  base::Random& random;
  link::NodeIdentity identity;
  base::EpochDomain epochs;
  forward::Router router;
  link::Admission admission;
  std::vector<std::unique_ptr<LoopExecutor>> executors;
  std::vector<std::unique_ptr<link::Hub>> hubs;
  std::vector<PerWorker> workers;
  std::vector<DialPlan> dials;
  std::vector<std::unique_ptr<transport::Listener>> listeners;  ///< on the first worker
  std::vector<std::uint16_t> bound_ports;
  Events events;
  std::atomic<std::size_t> clients_unsettled{0};
  base::TimerId router_timer{};
  std::function<void()> drained;

  bool relays_between_peers = true;
  std::atomic<bool> listening{false};
  std::atomic<bool> draining{false};
  base::Counter reloads_done;
  base::Counter reloads_failed;
  std::mutex certificates_mutex;
  std::map<std::pair<bool, std::size_t>, admin::Certificate> certificates;  ///< server's?, number
  std::unique_ptr<NodeAdmin> admin;
};

}  // namespace slim::node
