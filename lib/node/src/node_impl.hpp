/// What a node is made of.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include <slim/forward/router.hpp>
#include <slim/link/acceptor.hpp>
#include <slim/link/admission.hpp>
#include <slim/link/connector.hpp>
#include <slim/node/node.hpp>
#include <slim/transport/listener.hpp>

#include "loop_executor.hpp"

namespace slim::node {

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
  void add_connector(const settings::Client& client, bool counts_for_start);
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

  /// What belongs to one worker; touched by it alone once the runtime has started.
  struct PerWorker {
    std::vector<std::unique_ptr<link::Acceptor>> acceptors;  ///< by server
    std::vector<std::unique_ptr<link::Connector>> connectors;
  };
  struct DialPlan {
    unsigned worker;
    std::size_t place;  ///< among the worker's connectors
    settings::Client client;
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
};

}  // namespace slim::node
