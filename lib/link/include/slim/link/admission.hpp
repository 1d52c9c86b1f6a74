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
  /// Accepted connections whose peer has not yet proved that it speaks HTTP/2: a storm of reconnects
  /// is worked off this many at a time.
  std::size_t handshakes = 256;
};

/// Thread: any. Refusal happens before the accept only: a published client that is turned away
/// afterwards gives up for good (docs/protocol/forwarding.md 12).
class Admission {
 public:
  explicit Admission(AdmissionLimits limits) : limits_(limits) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  /// Takes a place for a connection in its handshake. False leaves it in the backlog.
  [[nodiscard]] bool try_enter();
  /// The handshake is over, one way or the other.
  void handshake_over();
  /// The connection is gone.
  void leave();

  /// Called, from any thread, when try_enter() may succeed again after it failed.
  void on_room(std::function<void()> notify);

  [[nodiscard]] std::size_t connections() const noexcept { return connections_; }
  [[nodiscard]] std::size_t handshakes() const noexcept { return handshakes_; }

 private:
  void notify_if_waiting();

  AdmissionLimits limits_;
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::size_t> handshakes_{0};
  std::atomic<bool> waiting_{false};
  std::mutex mutex_;
  std::vector<std::function<void()>> notify_;
};

}  // namespace slim::link
