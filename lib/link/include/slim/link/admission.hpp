/// How many connections a node takes, and how many of them may be in their handshake.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

namespace slim::link {

struct AdmissionLimits {
  /// Accepted connections in total. More wait in the kernel's backlog.
  std::size_t connections = 10'000;
  /// Accepted connections whose peer has not yet proved that it speaks HTTP/2: a storm of
  /// reconnects is worked off this many at a time.
  std::size_t handshakes = 256;
};

/// Thread: any. Refusal happens before the accept only: a published client that is turned away
/// afterwards gives up for good (docs/protocol/forwarding.md 12).
class Admission {
 public:
  Admission(AdmissionLimits limits, unsigned workers);
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  /// Whether a connection may be accepted now. False leaves it in the backlog. Thread: that of the
  /// listeners, as enter().
  [[nodiscard]] bool has_room();
  /// A connection was accepted and is in its handshake. Returns the worker that is to have it: the
  /// one with the fewest.
  [[nodiscard]] unsigned enter();
  /// The handshake is over, one way or the other.
  void handshake_over();
  /// The connection is gone.
  void leave(unsigned worker);

  /// Called, from any thread, when has_room() may be true again after it was false.
  void on_room(std::function<void()> notify);

  [[nodiscard]] std::size_t connections() const noexcept { return connections_; }
  [[nodiscard]] std::size_t handshakes() const noexcept { return handshakes_; }

 private:
  void notify_if_waiting();

  AdmissionLimits limits_;
  std::vector<std::atomic<std::size_t>> by_worker_;
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::size_t> handshakes_{0};
  std::atomic<bool> waiting_{false};
  std::mutex mutex_;
  std::vector<std::function<void()>> notify_;
};

}  // namespace slim::link
