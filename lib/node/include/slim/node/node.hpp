/// A SLIM data-plane node: one `services` entry of a configuration, running.
///
///   node::Runtime runtime(0, "slim");
///   node::Node node(runtime, service, limits, random);
///   runtime.start();
///   node.start({.on_started = ...});
///   ...
///   node.drain(done);          // within the time that the caller gives it
///   runtime.stop();
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <slim/admin/source.hpp>
#include <slim/base/random.hpp>
#include <slim/link/hub.hpp>
#include <slim/node/runtime.hpp>
#include <slim/settings/configuration.hpp>

namespace slim::node {

/// The node cannot start: an address in use, a certificate that cannot be read. what() is for
/// people.
class StartError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Sums over all workers at one moment.
struct Statistics {
  std::size_t links = 0;
  std::size_t subscriptions = 0;
  std::size_t names = 0;
  std::size_t connections = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t publishes_received = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_dropped = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t header_mac_failures = 0;
  std::uint64_t negotiations_failed = 0;
  std::uint64_t stalls = 0;
  /// Reason and count of what is not zero, for connections and streams together.
  std::vector<std::pair<std::string, std::uint64_t>> closed;
  std::vector<std::pair<std::string, std::uint64_t>> dropped;
};

class NodeAdmin;

/// Lifetime: shorter than the runtime's; destroyed after Runtime::stop(). Thread: the caller of all
/// methods is one thread that is no worker, unless a method says otherwise.
class Node {
 public:
  /// Reads certificates and builds everything; nothing is bound or dialled. Throws StartError.
  Node(Runtime& runtime, const settings::Service& service, const settings::NodeLimits& limits,
       base::Random& random);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  struct Events {
    /// All configured clients have been up once, or were given up. From a worker.
    std::function<void()> on_started;
  };
  /// Binds all listeners, then serves, then dials. Throws StartError when an address cannot be
  /// bound; then nothing was accepted.
  void start(Events events);
  /// Listeners first, so that nobody who is connected by the kernel alone is lost; then what is
  /// queued goes out and streams end with status OK. Calls `done` from a worker when all
  /// connections are gone.
  void drain(std::function<void()> done);
  /// Reads certificates, keys and CAs again, for connections from now on. The reasons why some
  /// could not be used; those keep what they have.
  std::vector<std::string> reload_tls();

  /// Ports by server, as bound.
  [[nodiscard]] std::vector<std::uint16_t> ports() const;
  [[nodiscard]] const std::string& node_id() const noexcept;
  /// Thread: any.
  [[nodiscard]] Statistics statistics() const;
  /// What the admin listener asks. Lifetime: the node's.
  [[nodiscard]] admin::NodeSource& admin() noexcept;

 private:
  friend class NodeAdmin;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace slim::node
