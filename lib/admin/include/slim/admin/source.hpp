/// What the admin listener asks of the process and of the nodes in it. `node` implements it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <slim/forward/counters.hpp>
#include <slim/forward/explain.hpp>
#include <slim/forward/router.hpp>
#include <slim/link/hub.hpp>
#include <slim/transport/connection.hpp>

namespace slim::admin {

/// One worker's counters of one node. Lifetime: the node's.
struct WorkerCounters {
  const forward::Counters* forward = nullptr;
  const link::LinkCounters* link = nullptr;
};

/// A link that this node dials.
struct DialledLink {
  forward::LinkType type = forward::LinkType::edge;
  /// The peer's node id as configured, else `client` and its place in the file.
  std::string label;
  std::string endpoint;
  bool up = false;
};

struct Certificate {
  bool server = false;
  std::size_t endpoint = 0;  ///< place in the file
  bool is_file = false;
  std::int64_t not_after = 0;  ///< seconds since 1970
};

/// Sums over a node's links, as they were within the last second or so.
struct Queues {
  std::uint64_t bytes = 0;
  std::uint64_t largest = 0;
  std::uint64_t full = 0;
};

/// One node, a `services` entry. Thread: the admin listener's alone; lists come from a worker, once
/// all have been asked, or not at all if the node ends before.
class NodeSource {
 public:
  NodeSource() = default;
  NodeSource(const NodeSource&) = delete;
  NodeSource& operator=(const NodeSource&) = delete;
  virtual ~NodeSource() = default;

  struct Identity {
    std::string service;
    std::string node_id;
    std::string domain_name;
  };
  [[nodiscard]] virtual Identity identity() const = 0;
  [[nodiscard]] virtual std::vector<WorkerCounters> counters() const = 0;
  [[nodiscard]] virtual forward::Router::Statistics routes() const = 0;
  [[nodiscard]] virtual Queues queues() const = 0;
  /// Accepted sockets by configured server.
  [[nodiscard]] virtual std::vector<std::uint64_t> sockets() const = 0;
  [[nodiscard]] virtual std::vector<DialledLink> dialled() const = 0;
  [[nodiscard]] virtual std::vector<Certificate> certificates() const = 0;
  struct Reloads {
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
  };
  /// Certificates and keys that were read again.
  [[nodiscard]] virtual Reloads reloads() const = 0;
  /// Why the node takes no links, a reason each; empty when it does.
  [[nodiscard]] virtual std::vector<std::string> unready() const = 0;
  [[nodiscard]] virtual bool draining() const = 0;

  /// Links with an index of at least `from`, by index, `max` at most.
  virtual void list_links(std::uint32_t from, std::size_t max,
                          std::function<void(std::vector<link::LinkReport>)> done) = 0;
  /// Those that ended last, the newest first, with the time that is now on their clock.
  virtual void list_closed(
      std::function<void(std::vector<link::ClosedLink>, base::Instant now)> done) = 0;
  [[nodiscard]] virtual std::optional<forward::Router::Page> list_subscriptions(
      std::uint64_t after, std::size_t max) = 0;
  [[nodiscard]] virtual forward::LinkRef link_at(std::uint64_t index) const = 0;
  [[nodiscard]] virtual forward::Explanation explain(const forward::Question& question) = 0;
};

struct WorkerState {
  double busy_seconds = 0;   ///< processor time
  base::Duration silent{0};  ///< since its loop last ran
  const transport::TransportCounters* transport = nullptr;
};

/// The process. Thread: the admin listener's.
class ProcessSource {
 public:
  ProcessSource() = default;
  ProcessSource(const ProcessSource&) = delete;
  ProcessSource& operator=(const ProcessSource&) = delete;
  virtual ~ProcessSource() = default;

  /// Empty until the nodes have been made, and again when they are about to go.
  [[nodiscard]] virtual std::vector<NodeSource*> nodes() const = 0;
  [[nodiscard]] virtual std::vector<WorkerState> workers() const = 0;
  /// From the signal to stop on.
  [[nodiscard]] virtual bool stopping() const = 0;
  /// From the start of the process to the last `service started`; none before.
  [[nodiscard]] virtual std::optional<double> start_seconds() const = 0;
};

/// The first 12 hexadecimal digits of the text's SHA-256.
[[nodiscard]] std::string short_digest(std::string_view text);

/// What does not change while the process runs.
struct ProcessFacts {
  std::string version;
  std::string revision;
  std::string compiler;
  std::string target;
  std::string profile;
  std::string configuration;         ///< JSON, without secrets
  std::string configuration_sha256;  ///< of the file, the first 12 digits
  std::size_t rewritten = 0;         ///< notices of the file's reading, by kind
  std::size_t unknown_keys = 0;
  std::size_t dead_keys = 0;
  std::size_t unavailable = 0;
  std::size_t queue_bytes = 0;  ///< of one link of the first server
};

}  // namespace slim::admin
