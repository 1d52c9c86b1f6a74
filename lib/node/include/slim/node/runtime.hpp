/// The worker threads of a process, each with its event loop.
#pragma once

#include <atomic>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <slim/base/clock.hpp>
#include <slim/transport/connection.hpp>
#include <slim/transport/loop.hpp>

namespace slim::node {

/// How many CPUs this process may use: its affinity and its control group's quota. At least 1.
[[nodiscard]] unsigned available_cores();

/// Thread: start(), stop() and the destructor belong to one thread that is no worker; loops are
/// reached through post().
class Runtime {
 public:
  /// `cores` 0 means all that are available; more than that are cut to it.
  Runtime(unsigned cores, std::string thread_name);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime();

  void start();
  /// Ends the loops and waits for the threads. What was posted and did not run is dropped with the
  /// runtime.
  void stop();

  [[nodiscard]] unsigned workers() const noexcept { return static_cast<unsigned>(workers_.size()); }
  [[nodiscard]] transport::Loop& loop(unsigned worker) noexcept { return workers_[worker]->loop; }
  [[nodiscard]] transport::TransportCounters& counters(unsigned worker) noexcept {
    return workers_[worker]->counters;
  }
  /// Whether the caller is this worker's thread. Thread: any.
  [[nodiscard]] bool is_current(unsigned worker) const noexcept;
  /// Runs `work` on every worker, then `done` on the first, after the last. Thread: any.
  void on_all(std::function<void(unsigned worker)> work, std::function<void()> done);
  [[nodiscard]] const base::Clock& clock() const noexcept { return clock_; }
  /// How long a worker's loop has not run: about a second when all is well. Thread: any.
  [[nodiscard]] base::Duration silent_for(unsigned worker) const noexcept;
  /// Processor time that a worker's thread has used. Thread: any, between start() and stop().
  [[nodiscard]] base::Duration busy_for(unsigned worker) const noexcept;

 private:
  struct Worker {
    explicit Worker(const base::Clock& clock) : loop(clock) {}
    transport::TransportCounters counters;
    transport::Loop loop;
    std::thread thread;
    base::Gauge last_beat;  ///< nanoseconds on the clock
    std::atomic<clockid_t> processor_clock{0};
  };
  void beat(Worker& worker);
  base::SteadyClock clock_;
  std::string thread_name_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace slim::node
