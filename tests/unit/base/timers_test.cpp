#include <vector>

#include <slim/base/timers.hpp>

#include "support/catch.hpp"

using namespace std::chrono_literals;
using slim::base::Instant;
using slim::base::TimerId;
using slim::base::TimerQueue;

TEST_CASE("Timers: fire in order of time, then of setting", "[base]") {
  TimerQueue timers;
  std::vector<int> fired;
  const Instant start{1h};
  timers.set(start + 2s, [&] { fired.push_back(2); });
  timers.set(start + 1s, [&] { fired.push_back(1); });
  timers.set(start + 2s, [&] { fired.push_back(3); });
  CHECK(timers.next_due() == start + 1s);
  timers.run_due(start + 1s);
  CHECK(fired == std::vector{1});
  timers.run_due(start + 5s);
  CHECK(fired == std::vector{1, 2, 3});
  CHECK_FALSE(timers.next_due());
}

TEST_CASE("Timers: a cancelled timer does not fire, also when cancelled by another", "[base]") {
  TimerQueue timers;
  int fired = 0;
  const Instant start{1h};
  TimerId second = TimerId::none;
  timers.set(start, [&] {
    ++fired;
    timers.cancel(second);
  });
  second = timers.set(start, [&] { fired += 10; });
  timers.run_due(start);
  CHECK(fired == 1);
  timers.cancel(second);
  timers.cancel(TimerId::none);
  CHECK(timers.size() == 0);
}

TEST_CASE("Timers: one that sets itself again at once does not hold up the caller", "[base]") {
  TimerQueue timers;
  int fired = 0;
  const Instant start{1h};
  std::function<void()> again = [&] {
    ++fired;
    timers.set(start, again);
  };
  timers.set(start, again);
  timers.run_due(start);
  CHECK(fired == 1);
  timers.run_due(start);
  CHECK(fired == 2);
}
