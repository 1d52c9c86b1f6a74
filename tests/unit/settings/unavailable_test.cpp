#include "loading.hpp"
#include "support/catch.hpp"

using namespace slim::settings;
using namespace slim::settings::test;
using Kind = Notice::Kind;

namespace {

constexpr const char* kPhrase = "is not available in this version of slimd";

std::string dataplane(const std::string& keys) {
  return "services: {slim/0: {dataplane: {servers: [{endpoint: \"h:1\", tls: {insecure: true}}], " +
         keys + "}}}";
}

}  // namespace

TEST_CASE("Settings: a missing feature of security or reachability is an error", "[settings]") {
  const std::string ca = "tls: {source: {type: file, cert: c, key: k}, ";
  const struct {
    std::string text;
    const char* key;
    const char* feature;
  } kTable[] = {
      {with_server("auth: {type: basic, username: u, password: p}"), "servers[0].auth.type",
       "basic"},
      {with_server("auth: {type: bearer, token: t}"), "servers[0].auth.type", "bearer"},
      {with_client("auth: {type: static_jwt, file: f}"), "clients[0].auth.type", "static_jwt"},
      {with_server("auth: {jwt: {key: {autoresolve: true}}}"), "servers[0].auth.type", "jwt"},
      {with_server("auth: {type: oidc}"), "servers[0].auth.type", "oidc"},
      {with_client("auth: {type: spire}"), "clients[0].auth.type", "spire"},
      {with_client("", "ws://h:1"), "clients[0].endpoint", "WebSocket"},
      {with_client("", "wss://h:1"), "clients[0].endpoint", "WebSocket"},
      {"services: {slim/0: {dataplane: {servers: [{endpoint: \"ws://h:1\"}]}}}",
       "servers[0].endpoint", "WebSocket"},
      {with_server("tls: {source: {type: spire, socket_path: s}}"), "tls.source", "SPIRE"},
      {with_server(ca + "client_ca: {type: spire}}"), "tls.client_ca", "SPIRE"},
      {with_client("tls: {ca_source: {type: spire}}", "https://h:1"), "tls.ca_source", "SPIRE"},
      {dataplane("enforce_pqc: true"), "dataplane.enforce_pqc", "post-quantum"},
      {with_client("proxy: {url: \"http://proxy:3128\"}"), "proxy.url", "proxy"},
      {with_service(
           "peers: {discovery: {type: kubernetes, namespace: n, service_name: s, port: 1}}"),
       "discovery.type", "Kubernetes"},
      {with_service(
           "peers: {discovery: {type: static, peers: [{node_id: n, endpoint: \"http://h:1\","
           " auth: {basic: {}}}]}}"),
       "peers[0].auth.type", "basic"},
  };
  for (const auto& row : kTable) {
    CAPTURE(row.text);
    const std::string error = error_of(row.text);
    CHECK(contains(error, kPhrase));
    CHECK(contains(error, row.key));
    CHECK(contains(error, row.feature));
  }
}

TEST_CASE("Settings: a missing feature of no such weight is a notice", "[settings]") {
  const struct {
    std::string text;
    std::string key;
  } kTable[] = {
      {with_service("controller: {servers: [{endpoint: \"h:1\"}]}"), "services.slim/0.controller"},
      {with_service("controller: {enforce_pqc: true, clients: [{auth: {basic: {}, jwt: {}}}]}"),
       "services.slim/0.controller"},
      {with_root("tracing: {opentelemetry: {enabled: true, grpc: {endpoint: x, auth: {a: b}}}}"),
       "tracing.opentelemetry"},
      {with_service("auth: {type: shared_secret, secret: s}"), "services.slim/0.auth"},
      {dataplane("token_provider: {type: none}"), "services.slim/0.dataplane.token_provider"},
      {dataplane("token_verifier: {type: none}"), "services.slim/0.dataplane.token_verifier"},
      {dataplane("outbound_clients: [{endpoint: \"\"}]"),
       "services.slim/0.dataplane.outbound_clients"},
      {dataplane("recovery_ttl: 30s"), "services.slim/0.dataplane.recovery_ttl"},
      {with_client("rate_limit: 20/60"), under(kClient0, "rate_limit")},
      {with_client("compression: gzip"), under(kClient0, "compression")},
      {with_client("keepalive: {tcp_keepalive: 60s}"), under(kClient0, "keepalive.tcp_keepalive")},
      {with_server("tls: {insecure: true, reload_interval: {secs: 5, nanos: 0}}"),
       under(kServer0, "tls.reload_interval")},
      {with_server("tls: {insecure: true, reload_interval: 5s}"),
       under(kServer0, "tls.reload_interval")},
  };
  for (const auto& row : kTable) {
    CAPTURE(row.text);
    const Configuration c = load(row.text);
    REQUIRE(c.notices.size() == 1);
    CHECK(c.notices[0].kind == Kind::not_available);
    CHECK(c.notices[0].place.key == row.key);
    CHECK(c.notices[0].place.line > 0);
    CHECK(contains(c.notices[0].text, kPhrase));
  }
}

TEST_CASE("Settings: what asks for none of it is silent", "[settings]") {
  for (const std::string& text :
       {with_service("controller: {servers: [], clients: [], outbound_clients: []}"),
        with_service("controller: {}"), with_root("tracing: {opentelemetry: {enabled: false}}"),
        dataplane("enforce_pqc: false, outbound_clients: []"), with_client("compression: None"),
        with_client("proxy: {username: u, password: p, headers: {}, tls: {}}"),
        with_server("tls: {insecure: true, source: {type: none}, client_ca: {type: none}}")}) {
    CAPTURE(text);
    CHECK(load(text).notices.empty());
  }
}
