#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include <slim/transport/loop.hpp>

#include "support/catch.hpp"

using namespace slim;
using namespace slim::transport;
using namespace std::chrono_literals;

namespace {

/// Counts its turns without a lock, so that sanitizers see two threads in one turn.
struct Task final : TurnTask {
  int runs = 0;
  void end_of_turn() override { ++runs; }
};

class Running {
 public:
  Running() : thread_([this] { loop.run(); }) {
    std::promise<void> up;
    loop.post([&] { up.set_value(); });
    up.get_future().wait();
  }
  ~Running() {
    loop.stop();
    thread_.join();
  }
  /// What stand_in() returned; tried until the loop sleeps.
  template <class Work>
  bool stand_in(Work&& work) {
    for (int i = 0; i < 1000; ++i) {
      if (loop.stand_in(work)) return true;
      std::this_thread::sleep_for(1ms);
    }
    return false;
  }

 private:
  base::SteadyClock clock_;

 public:
  Loop loop{clock_};

 private:
  std::thread thread_;
};

}  // namespace

TEST_CASE("Loop: a sleeping loop's turn runs in the thread that stands in, tasks included",
          "[transport]") {
  Running running;
  Task task;
  std::thread::id where;
  REQUIRE(running.stand_in([&] {
    where = std::this_thread::get_id();
    running.loop.at_turn_end(task);
  }));
  CHECK(where == std::this_thread::get_id());
  CHECK(task.runs == 1);
}

TEST_CASE("Loop: nobody stands in while its own thread works, and it waits for who does",
          "[transport]") {
  Running running;
  std::promise<void> working;
  std::promise<void> go_on;
  running.loop.post([&] {
    working.set_value();
    go_on.get_future().wait();
  });
  working.get_future().wait();
  CHECK_FALSE(running.loop.stand_in([] { FAIL("the loop was awake"); }));
  go_on.set_value();

  std::atomic<bool> its_turn{false};
  bool was_early = false;
  REQUIRE(running.stand_in([&] {
    running.loop.post([&] { its_turn = true; });
    std::this_thread::sleep_for(20ms);
    was_early = its_turn;
  }));
  CHECK_FALSE(was_early);
  while (!its_turn) std::this_thread::sleep_for(1ms);
}

TEST_CASE("Loop: turns of many threads never overlap", "[transport]") {
  Running running;
  Task task;
  int turns = 0;  // touched in turns only
  std::atomic<int> stood_in{0};
  constexpr int kEach = 2000;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        const auto work = [&] {
          ++turns;
          running.loop.at_turn_end(task);
          running.loop.after(0ms, [&] { ++turns; });
        };
        if (running.loop.stand_in(work)) {
          ++stood_in;
        } else {
          running.loop.post(work);
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::promise<int> counted;
  // Behind all timers that are due.
  running.loop.post([&] {
    running.loop.after(50ms, [&] { counted.set_value(turns); });
  });
  CHECK(counted.get_future().get() == 2 * 3 * kEach);
  CHECK(task.runs > 0);
}
