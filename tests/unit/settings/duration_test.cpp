#include "loading.hpp"
#include "support/catch.hpp"

using namespace slim::settings;
using namespace slim::settings::test;
using namespace std::chrono_literals;
using slim::base::Duration;

namespace {

std::string drain(const std::string& value) {
  return with_root("runtime: {drain_timeout: " + value + "}");
}

Duration drained(const std::string& value) { return load(drain(value)).runtime.drain_timeout; }

}  // namespace

TEST_CASE("Settings: durations are sums of numbers with units", "[settings]") {
  const struct {
    const char* text;
    Duration expected;
  } kTable[] = {
      {"10s", 10s},
      {"1500ms", 1500ms},
      {"1h30m", 90min},
      {"1m30s", 90s},
      {"5m 30s", 330s},
      {"\" 1 0 s \"", 10s},
      {"1h2m3s4ms", 3'723'004ms},
      {"7ns", 7ns},
      {"7us", 7us},
      {"0s", 0s},
      {"007s", 7s},
      {"2d", 48h},
      {"1w", 168h},
      {"1y", 31'556'926s},
      {"1s1s", 2s},
      {"100y", 31'556'926s * 100},
      {"{secs: 3, nanos: 5}", 3s + 5ns},
      {"{secs: 3}", 3s},
  };
  for (const auto& row : kTable) {
    CAPTURE(row.text);
    CHECK(drained(row.text) == row.expected);
  }
}

TEST_CASE("Settings: what is no duration is refused in both modes", "[settings]") {
  for (const char* text : {"-5s",
                           "10x",
                           "abc",
                           "1.5s",
                           "\"\"",
                           "s",
                           "10s5",
                           "10 000 fortnights",
                           "1h-5m",
                           "+1s",
                           "10S",
                           "10000000000000y",
                           "99999999999999999999s",
                           "18446744073709551615s",
                           "101y",
                           "99y99y",
                           "[10s]",
                           "true",
                           "{secs: -1}",
                           "{nanos: 1}",
                           "{secs: 1, nanos: 1000000000}",
                           "{secs: 1, millis: 1}",
                           "{secs: 99999999999}",
                           "-5",
                           "1e3"}) {
    CAPTURE(text);
    CHECK(contains(error_of(drain(text)), "runtime.drain_timeout"));
    CHECK(contains(strict_error_of(drain(text)), "runtime.drain_timeout"));
  }
}

TEST_CASE("Settings: a duration without unit is refused in strict mode", "[settings]") {
  CHECK(contains(strict_error_of(drain("10")), "a number without a unit: `10`"));
  CHECK(contains(strict_error_of(drain("\"10\"")), "a number without a unit"));
  CHECK(drained("10") == 10s);
  CHECK(drained("\"10\"") == 10s);
}

TEST_CASE("Settings: a duration beyond what the clock can count is refused, not wrapped",
          "[settings]") {
  CHECK(contains(error_of(drain("10000000000000y")), "more than 100 years"));
  CHECK(contains(error_of(drain("99y99y")), "more than 100 years"));
  CHECK(contains(error_of(drain("99999999999999999999")), "more than 100 years"));
}
