#include "loading.hpp"
#include "support/catch.hpp"

using namespace slim::settings;
using namespace slim::settings::test;

namespace {

enum class At { root, server, client, server_own, client_own };

std::string place(At at, const std::string& keys) {
  switch (at) {
    case At::root:
      return with_root("slimd: {" + keys + "}");
    case At::server:
      return with_server(keys);
    case At::client:
      return with_client(keys);
    case At::server_own:
      return with_server("slimd: {" + keys + "}");
    case At::client_own:
      return with_client("slimd: {" + keys + "}");
  }
  return {};
}

struct Limit {
  At at;
  const char* key;
  std::vector<const char*> good;
  std::vector<const char*> bad;
};

const std::vector<Limit> kLimits = {
    {At::root, "max_connections", {"1", "4194304"}, {"0", "4194305", "-1", "x", "1.5", "1KiB"}},
    {At::root, "max_handshakes", {"1", "4194304"}, {"0", "4194305"}},
    {At::root, "max_subscriptions_per_link", {"1", "100000000"}, {"0", "100000001"}},
    {At::root, "max_subscriptions", {"1", "100000000"}, {"0", "100000001"}},
    {At::root, "max_name_bytes", {"64", "1MiB", "64 B"}, {"63", "1048577", "2MiB"}},
    {At::root, "handoff_bytes", {"64KiB", "1GiB", "1073741824"}, {"65535", "2GiB", "1MB", "1mib"}},
    {At::server_own,
     "queue_bytes",
     {"65536", "1GiB"},
     {"65535B", "1073741825", "\"\"", "MiB", "-1"}},
    {At::server_own, "stream_window", {"65535", "2147483647"}, {"65534", "2147483648", "2GiB"}},
    {At::client_own,
     "connection_window",
     {"65535", "1GiB"},
     {"64KiB1", "0", "99999999999999999999"}},
    {At::server_own, "max_streams", {"1", "2147483647"}, {"0", "2147483648"}},
    {At::server_own, "control_frames_burst", {"1", "1000000"}, {"0", "1000001"}},
    {At::client_own, "control_frames_rate", {"1", "1000000"}, {"0", "1000001"}},
    {At::server_own, "multicast_stall", {"0s", "1m"}, {"61s", "10", "-1s"}},
    {At::server_own, "anycast_stall", {"100ms", "1h"}, {"99ms", "61m", "10"}},
    {At::server_own, "tls_timeout", {"10ms", "1h"}, {"9ms", "61m", "10"}},
    {At::server_own, "preface_timeout", {"10ms", "1h"}, {"0s", "2h"}},
    {At::server_own, "settings_timeout", {"10ms", "1h"}, {"0s", "2h"}},
    {At::client_own, "idle_timeout", {"100ms", "24h"}, {"0s", "25h"}},
    {At::client_own, "linger", {"0s", "1m"}, {"61s"}},
    {At::server, "max_concurrent_streams", {"1", "2147483647"}, {"0", "2147483648", "-1"}},
    {At::server, "max_frame_size", {"0", "4294967295"}, {"4294967296", "-1", "1MiB", "0x"}},
    {At::server, "max_header_list_size", {"256", "4294967295"}, {"255", "4294967296"}},
    {At::server, "negotiation_timeout_secs", {"1", "86400", "0x10"}, {"0", "86401", "5s", "010"}},
    {At::server,
     "keepalive",
     {"{}", "{time: 0s}", "{timeout: 1ms}", "{max_connection_age: 0s}"},
     {"{timeout: 0s}", "{time: x}", "[]", "true"}},
    {At::client,
     "backoff",
     {"{type: exponential, base: 1, factor: 1}", "{type: fixed_interval, interval: 1ms}"},
     {"{type: exponential, base: 0}", "{type: exponential, factor: 0}",
      "{type: exponential, max_delay: 0s}", "{type: fixed_interval, interval: 0s}",
      "{type: fixed_interval, max_attempts: -1}", "{type: linear}", "{}"}},
};

}  // namespace

TEST_CASE("Settings: every limit takes what lies within its range, and nothing else",
          "[settings]") {
  for (const Limit& limit : kLimits) {
    for (const char* value : limit.good) {
      CAPTURE(limit.key, value);
      CHECK(error_of(place(limit.at, std::string(limit.key) + ": " + value)).empty());
    }
    for (const char* value : limit.bad) {
      CAPTURE(limit.key, value);
      const std::string error = error_of(place(limit.at, std::string(limit.key) + ": " + value));
      CHECK(contains(error, limit.key));
      CHECK(contains(error, "allowed: "));
    }
  }
}

TEST_CASE("Settings: numbers too large for any type are refused", "[settings]") {
  for (const char* value : {"18446744073709551616", "99999999999999999999999999999999", "1e400"}) {
    CAPTURE(value);
    CHECK(contains(error_of(with_root("runtime: {n_cores: " + std::string(value) + "}")),
                   "allowed: a whole number, 0 to 4294967295"));
  }
}

TEST_CASE("Settings: streams are limited by one key only", "[settings]") {
  CHECK(contains(error_of(with_server("max_concurrent_streams: 1, slimd: {max_streams: 1}")),
                 "found both max_streams and max_concurrent_streams"));
}

TEST_CASE("Settings: a message stays one line of bounded length", "[settings]") {
  const std::string error =
      error_of(with_root("runtime: {\"a\\nb" + std::string(1000, 'x') + "\": 1}"));
  CHECK(error.size() < 1100);
  CHECK(error.find('\n') == std::string::npos);
  CHECK(contains(error, "runtime.a\\x0abxxx"));
}
