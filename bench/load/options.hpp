/// What a run of the load generator does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <slim/wire/generation.hpp>

namespace slim::bench {

/// Where the node listens.
struct Target {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  bool tls = false;  ///< certificates are not verified
  /// Arms TCP_QUICKACK after each read, which published clients do not: without it the kernel may
  /// hold an acknowledgement back for 40 ms, and a node with Nagle's algorithm waits for it.
  bool quick_ack = false;
};

/// What a publish looks like.
struct PublishShape {
  std::size_t payload = 64;  ///< bytes, at least those of a Stamp
  /// How many different headers there are; 1 means that the identity repeats.
  std::size_t identities = 1;
  std::size_t identity_bytes = 250;
  std::size_t max_frame = 32 * 1024;  ///< of an HTTP/2 DATA frame or NATS batch, bytes
  bool single = false;                ///< one publish a frame, for paced runs
};

struct Options {
  Target target;
  bool nats = false;
  wire::Dialect dialect = wire::Dialect::d;
  bool mac = true;  ///< D only: offers a key, so that headers are signed

  std::string shape = "pairs";
  std::size_t pairs = 1;
  std::size_t subscribers = 8;
  std::size_t stalled = 0;
  PublishShape publish;
  double seconds = 3;
  double warmup = 0.5;
  double rate = 0;         ///< messages a second over all publishers; 0 as fast as it goes
  std::size_t window = 0;  ///< publishes of a publisher under way; 0 by their size
  bool allow_loss = false;

  std::size_t count = 1000;       ///< subscriptions, or connections of churn
  std::size_t prefixes = 0;       ///< of subscriptions; 0: one for every thousand
  std::size_t links = 1;          ///< of subscriptions, or idle ones
  double subscribe_rate = 0;      ///< subscriptions a second; 0 as fast as they are answered
  double at_most = 600;           ///< seconds for all subscriptions; then it stops where it is
  std::size_t ack_window = 1024;  ///< subscriptions of a link without an answer
  int node_pid = 0;               ///< whose processor time and memory to count
};

/// Prints the usage, or what is wrong, and gives the exit code, where there is nothing to run.
[[nodiscard]] std::optional<int> parse(int argc, char** argv, Options& options);

}  // namespace slim::bench
