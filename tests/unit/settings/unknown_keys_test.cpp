#include "loading.hpp"
#include "support/catch.hpp"

using namespace slim::settings;
using namespace slim::settings::test;
using Kind = Notice::Kind;

TEST_CASE("Settings: an unknown key is an error in the strict sections", "[settings]") {
  const struct {
    std::string text;
    const char* key;
  } kTable[] = {
      {with_root("tracing: {extra: 1}"), "tracing.extra"},
      {with_root("tracing: {opentelemetry: {extra: 1}}"), "tracing.opentelemetry.extra"},
      {with_root("runtime: {extra: 1}"), "runtime.extra"},
      {with_root("slimd: {extra: 1}"), "slimd.extra"},
      {with_service("extra: 1"), "services.slim/0.extra"},
      {"services: {slim/0: {dataplane: {extra: 1}}}", "services.slim/0.dataplane.extra"},
      {with_service("controller: {extra: 1}"), "services.slim/0.controller.extra"},
      {with_service("peers: {extra: 1}"), "services.slim/0.peers.extra"},
      {with_service(
           "peers: {discovery: {type: static, peers: [{node_id: a, endpoint: \"http://h:1\","
           " extra: 1}]}}"),
       "services.slim/0.peers.discovery.peers[0].extra"},
      {with_server("slimd: {extra: 1}"), "services.slim/0.dataplane.servers[0].slimd.extra"},
      {with_client("slimd: {max_streams: 1}"),
       "services.slim/0.dataplane.clients[0].slimd.max_streams"},
      {with_root("\"<<\": {runtime: {}}"), "<<"},
  };
  for (const auto& row : kTable) {
    CAPTURE(row.text);
    CHECK(contains(error_of(row.text), ": " + std::string(row.key) + ": "));
    CHECK(contains(error_of(row.text), "allowed: "));
  }
}

TEST_CASE("Settings: an unknown key elsewhere is noted once, with its path", "[settings]") {
  const struct {
    std::string text;
    std::string key;
  } kTable[] = {
      {with_server("extra: 1"), under(kServer0, "extra")},
      {with_server("keepalive: {extra: 1}"), under(kServer0, "keepalive.extra")},
      {with_server("tls: {insecure: true, extra: 1}"), under(kServer0, "tls.extra")},
      {with_server("tls: {source: {type: file, cert: c, key: k, extra: 1}}"),
       under(kServer0, "tls.source.extra")},
      {with_server("auth: {type: none, extra: 1}"), under(kServer0, "auth.extra")},
      {with_client("extra: 1"), under(kClient0, "extra")},
      {with_client("backoff: {type: fixed_interval, extra: 1}"), under(kClient0, "backoff.extra")},
      {with_client("proxy: {extra: 1}"), under(kClient0, "proxy.extra")},
      {with_client("keepalive: {extra: 1}"), under(kClient0, "keepalive.extra")},
      {with_client("tls: {ca_source: {type: file, path: p, extra: 1}}"),
       under(kClient0, "tls.ca_source.extra")},
      {with_service("peers: {discovery: {type: static, extra: 1, peers: [{node_id: a, endpoint: "
                    "\"http://h:1\"}]}}"),
       "services.slim/0.peers.discovery.extra"},
      {with_service("peers: {discovery: {type: static, peers: [{node_id: a, endpoint: "
                    "\"http://h:1\", tls: {extra: 1}}]}}"),
       "services.slim/0.peers.discovery.peers[0].tls.extra"},
  };
  for (const auto& row : kTable) {
    CAPTURE(row.text);
    const Configuration c = load(row.text);
    CHECK(notices(c, Kind::unknown_key, row.key) == 1);
    CHECK(c.notices.size() == 1);
    CHECK(
        contains(strict_error_of(row.text), row.key + ": yaml parse error: found an unknown key"));
  }
}

TEST_CASE("Settings: keys that public nodes read and do not use are noted as such", "[settings]") {
  for (const char* keys : {"http2_only: true", "read_buffer_size: 1", "write_buffer_size: 1",
                           "link_hmac_poll_interval_ms: 5"}) {
    const Configuration c = load(with_server(keys));
    REQUIRE(c.notices.size() == 1);
    CHECK(c.notices[0].kind == Kind::dead_key);
    CHECK(strict_error_of(with_server(keys)).empty());
  }
  const Configuration c =
      load(with_server("keepalive: {max_connection_idle: 1h, max_connection_age_grace: 5m}"));
  CHECK(c.notices.size() == 2);
  CHECK(load(with_client("buffer_size: 1024")).notices.at(0).kind == Kind::dead_key);
}

TEST_CASE("Settings: an error lists what is allowed", "[settings]") {
  CHECK(contains(error_of(with_root("runtime: {cores: 1}")),
                 "allowed: n_cores, thread_name, drain_timeout"));
  CHECK(contains(error_of(with_root("slimd: {max: 1}")),
                 "allowed: max_connections, max_handshakes, max_subscriptions_per_link, "
                 "max_subscriptions, max_name_bytes, handoff_bytes"));
  CHECK(contains(error_of("extra: 1"), "allowed: tracing, runtime, services, slimd"));
}
