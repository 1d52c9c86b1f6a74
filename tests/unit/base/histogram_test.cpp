#include <slim/base/histogram.hpp>

#include "support/catch.hpp"

using namespace slim::base;
using namespace std::chrono_literals;

namespace {
constexpr std::array<Duration, 3> kBounds{1ms, 10ms, 100ms};
}

TEST_CASE("A histogram counts each time once, in the first bucket that holds it", "[base]") {
  Histogram<3> times(kBounds);
  for (const Duration time : {Duration(0ms), Duration(1ms), Duration(2ms), Duration(100ms),
                              Duration(101ms), Duration(1h)}) {
    times.observe(time);
  }
  CHECK(times.count(0) == 2);
  CHECK(times.count(1) == 1);
  CHECK(times.count(2) == 1);
  CHECK(times.count(3) == 2);
  CHECK(times.sum() == Duration(1h + 204ms));
}

TEST_CASE("A time below nothing, from two clocks, adds nothing to the sum", "[base]") {
  Histogram<3> times(kBounds);
  times.observe(-5ms);
  CHECK(times.count(0) == 1);
  CHECK(times.sum() == Duration(0));
}
