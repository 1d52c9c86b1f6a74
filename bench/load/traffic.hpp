/// Publishers and subscribers, and whether what was sent arrived.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <nlohmann/json.hpp>

#include "histogram.hpp"
#include "inbox.hpp"
#include "options.hpp"
#include "peer.hpp"
#include "poller.hpp"

namespace slim::bench {

/// Pairs, fanout or anycast. Closed loop: each publisher has a window of publishes under way, the
/// same for every kind of node. Paced: what is due is sent whatever the node does, stamped with the
/// time at which it was due, so that a node that stalls cannot hide the wait.
/// Thread: one. Throws std::runtime_error for what must not arrive, or the end of a connection.
class Traffic {
 public:
  /// Connects and subscribes. `options` must outlive this.
  explicit Traffic(const Options& options);

  /// Sends and reads for so long, or until stop_asked.
  void run_for(double seconds);
  /// The same for one turn of the loop, without waiting. After start_pacing(), if paced.
  void turn();
  void start_pacing() noexcept { next_due_ = now_ns(); }
  /// Until everything that was sent has arrived, or nothing has for two seconds.
  void settle();

  [[nodiscard]] std::uint64_t delivered() const noexcept;
  [[nodiscard]] std::uint64_t sent() const noexcept;
  [[nodiscard]] std::uint64_t missing() const noexcept;
  [[nodiscard]] Histogram& latencies() noexcept { return latencies_; }

 private:
  struct Sender {
    std::unique_ptr<Peer> peer;
    std::uint64_t sent = 0;
    /// Taken for lost, so that the window opens again.
    std::uint64_t given_up = 0;
  };
  struct Receiver {
    std::unique_ptr<Peer> peer;
    Inbox inbox;
  };

  void subscribe_all();
  void probe_until_subscribed();
  void send_closed();
  void send_paced();
  void exchange(int wait_ms);
  void give_up_on_lost();
  [[nodiscard]] std::uint64_t arrived(std::size_t sender) const noexcept;
  [[nodiscard]] bool is_paced() const noexcept { return options_.rate > 0; }
  [[nodiscard]] Sink sink(std::size_t index) const noexcept;

  const Options& options_;
  Poller poller_;
  Histogram latencies_;
  SeenOnce seen_;
  std::vector<Receiver> receivers_;
  std::vector<Sender> senders_;
  std::vector<std::unique_ptr<Peer>> stalled_;  ///< never read from
  std::uint64_t next_due_ = 0;
  std::size_t due_sender_ = 0;
  std::uint64_t progress_ = 0;     ///< what was delivered when something last was
  std::uint64_t progress_at_ = 0;  ///< when
};

/// SIGTERM ends the measured time early; the result is printed as always.
[[nodiscard]] bool stop_asked() noexcept;
void stop_on_sigterm();

/// Warms up, measures and settles.
[[nodiscard]] nlohmann::json run_traffic(const Options& options);
/// p50, p99, p99.9 and the largest, in microseconds.
[[nodiscard]] nlohmann::json quantiles(const Histogram& latencies);

}  // namespace slim::bench
