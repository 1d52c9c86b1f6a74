#include "loading.hpp"
#include "support/catch.hpp"

using namespace slim::settings;
using namespace slim::settings::test;
using namespace std::chrono_literals;
using Kind = Notice::Kind;

namespace {

constexpr const char* kListener = "{servers: [{endpoint: \"127.0.0.1:0\", tls: {insecure: true}}]}";

std::string service(const std::string& keys) { return "services: {slim/0: {" + keys + "}}\n"; }

}  // namespace

TEST_CASE("Settings: N1 pubsub is read as dataplane", "[settings]") {
  const std::string text = service("pubsub: " + std::string(kListener));
  const Configuration c = load(text);
  CHECK(c.services[0].servers.size() == 1);
  CHECK(notices(c, Kind::rewritten, "services.slim/0.pubsub") == 1);
  CHECK(contains(error_of(service("pubsub: " + std::string(kListener) + ", dataplane: {}")),
                 "found both pubsub and dataplane"));
  CHECK(contains(strict_error_of(text), "services.slim/0.pubsub"));
}

TEST_CASE("Settings: N2 group_name is read as domain_name", "[settings]") {
  const Configuration c = load(with_service("group_name: east"));
  CHECK(c.services[0].domain_name == "east");
  CHECK(notices(c, Kind::rewritten, "services.slim/0.group_name") == 1);
  CHECK(contains(error_of(with_service("group_name: a, domain_name: a")),
                 "found both group_name and domain_name"));
  CHECK(contains(strict_error_of(with_service("group_name: east")), "group_name"));
}

TEST_CASE("Settings: N3 single controller entries are read as lists", "[settings]") {
  const Configuration c =
      load(with_service("controller: {server: {endpoint: x}, client: {endpoint: y}}"));
  CHECK(notices(c, Kind::rewritten, "services.slim/0.controller.server") == 1);
  CHECK(notices(c, Kind::rewritten, "services.slim/0.controller.client") == 1);
  CHECK(notices(c, Kind::not_available, "services.slim/0.controller") == 1);
  CHECK(contains(error_of(with_service("controller: {server: {}, servers: []}")),
                 "found both server and servers"));
}

TEST_CASE("Settings: N4 token provider and verifier are dropped with a notice", "[settings]") {
  const Configuration c =
      load(service("dataplane: {servers: [{endpoint: \"h:1\", tls: {insecure: true}}], "
                   "token_provider: {shared_secret: hush}, token_verifier: {type: none}}, "
                   "controller: {token_provider: {type: shared_secret, data: hush}}"));
  CHECK(notices(c, Kind::not_available, "services.slim/0.dataplane.token_provider") == 1);
  CHECK(notices(c, Kind::not_available, "services.slim/0.dataplane.token_verifier") == 1);
  CHECK(notices(c, Kind::not_available, "services.slim/0.controller.token_provider") == 1);
  CHECK(contains(strict_error_of(with_service("controller: {token_provider: {type: none}}")),
                 "controller.token_provider"));
}

TEST_CASE("Settings: N5 recovery_ttl is checked and noted", "[settings]") {
  const std::string start =
      "dataplane: {servers: [{endpoint: \"h:1\", tls: {insecure: true}}], recovery_ttl: ";
  CHECK(notices(load(service(start + "30s}")), Kind::not_available,
                "services.slim/0.dataplane.recovery_ttl") == 1);
  CHECK(error_of(service(start + "30}")).empty());
  CHECK(contains(error_of(service(start + "soon}")), "dataplane.recovery_ttl"));
}

TEST_CASE("Settings: N6 transport must agree with the scheme", "[settings]") {
  CHECK(notices(load(with_server("transport: grpc")), Kind::rewritten,
                under(kServer0, "transport")) == 1);
  CHECK(error_of(with_client("transport: grpc")).empty());
  CHECK(contains(error_of(with_server("transport: websocket")), "the scheme of endpoint"));
  CHECK(contains(error_of(with_client("transport: grpc", "ws://h:1")), "the scheme of endpoint"));
  CHECK(contains(error_of(with_client("transport: quic")), "allowed: grpc, websocket"));
  // It agrees, and this version has no WebSocket.
  CHECK(contains(error_of(with_client("transport: websocket", "ws://h:1")),
                 "is not available in this version of slimd"));
}

TEST_CASE("Settings: N7 the token in a WebSocket's query is noted", "[settings]") {
  CHECK(notices(load(with_client("websocket_auth_query_param: token")), Kind::not_available,
                under(kClient0, "websocket_auth_query_param")) == 1);
}

TEST_CASE("Settings: N8 a server's flat certificate keys become a source", "[settings]") {
  const Server files = server("tls: {cert_file: c.crt, key_file: c.key}");
  CHECK(files.tls.certificate.kind == PemItem::Kind::file);
  CHECK(files.tls.certificate.value == "c.crt");
  CHECK(files.tls.key.value == "c.key");
  const Server inline_text = server("tls: {cert_pem: CERT, key_pem: KEY}");
  CHECK(inline_text.tls.key.kind == PemItem::Kind::inline_text);
  CHECK(inline_text.tls.key.value == "KEY");
  CHECK(notices(load(with_server("tls: {cert_file: c, key_file: k}")), Kind::rewritten,
                under(kServer0, "tls.cert_file")) == 1);
}

TEST_CASE("Settings: N8 anything but one complete pair is refused", "[settings]") {
  const auto error = [](const std::string& tls) { return error_of(with_server("tls: " + tls)); };
  CHECK(contains(error("{cert_file: a, key_file: b, cert_pem: c, key_pem: d}"),
                 "cannot use both file and pem for cert"));
  CHECK(contains(error("{cert_file: a}"), "missing server cert or key"));
  CHECK(contains(error("{key_pem: a}"), "missing server cert or key"));
  CHECK(contains(error("{cert_file: a, key_pem: b}"), "missing server cert or key"));
  CHECK(contains(error("{cert_file: a, key_file: b, source: {type: none}}"),
                 "found both cert_file and source"));
}

TEST_CASE("Settings: N9 a server's flat client CA becomes client_ca", "[settings]") {
  const std::string pair = "tls: {cert_file: c, key_file: k, ";
  CHECK(server(pair + "client_ca_file: ca.crt}").tls.client_ca.value == "ca.crt");
  CHECK(server(pair + "client_ca_pem: CA}").tls.client_ca.kind == PemItem::Kind::inline_text);
  CHECK(contains(error_of(with_server(pair + "client_ca_pem: CA, client_ca_file: f}")),
                 "cannot use both file and pem for client_ca"));
  CHECK(contains(error_of(with_server(pair + "client_ca_pem: CA, client_ca: {type: none}}")),
                 "found both client_ca_pem and client_ca"));
}

TEST_CASE("Settings: N10 a client's flat CA becomes ca_source, that of a proxy too", "[settings]") {
  const Client c = client("tls: {ca_file: ca.crt}", "https://h:1");
  CHECK(c.tls.ca.kind == PemItem::Kind::file);
  CHECK(c.tls.ca.value == "ca.crt");
  CHECK(client("tls: {ca_pem: CA}", "https://h:1").tls.ca.value == "CA");
  const Configuration proxy = load(with_client("proxy: {tls: {ca_file: f}}"));
  CHECK(notices(proxy, Kind::rewritten, under(kClient0, "proxy.tls.ca_file")) == 1);
}

TEST_CASE("Settings: N11 a server's CA is dropped", "[settings]") {
  const Configuration c = load(with_server("tls: {insecure: true, ca_file: f, ca_pem: P}"));
  CHECK(notices(c, Kind::dead_key, under(kServer0, "tls.ca_file")) == 1);
  CHECK(notices(c, Kind::dead_key, under(kServer0, "tls.ca_pem")) == 1);
}

TEST_CASE("Settings: N12 a client's flat certificate keys become a source", "[settings]") {
  const Client c = client("tls: {cert_file: c.crt, key_file: c.key}", "https://h:1");
  CHECK(c.tls.certificate.value == "c.crt");
  CHECK(c.tls.key.value == "c.key");
  CHECK(contains(error_of(with_client("tls: {cert_file: c}", "https://h:1")),
                 "missing client cert or key"));
}

TEST_CASE("Settings: N13 every old shape of auth is understood", "[settings]") {
  for (const char* none : {"none", "{none: {}}", "{none: }", "!none", "!none {}", "{type: none}"}) {
    CAPTURE(none);
    CHECK(error_of(with_server("auth: " + std::string(none))).empty());
    CHECK(error_of(with_client("auth: " + std::string(none))).empty());
  }
  for (const char* basic :
       {"{basic: {username: u, password: p}}", "!basic {username: u, password: p}",
        "{type: basic, username: u, password: p}"}) {
    CAPTURE(basic);
    CHECK(contains(error_of(with_server("auth: " + std::string(basic))),
                   "authentication by basic is not available in this version of slimd"));
  }
  CHECK(notices(load(with_server("auth: none")), Kind::rewritten, under(kServer0, "auth")) == 1);
}

TEST_CASE("Settings: N13 of several methods none is picked", "[settings]") {
  CHECK(contains(error_of(with_server("auth: {basic: {}, jwt: {}}")),
                 "found the methods basic, jwt; allowed: one of them"));
  CHECK(contains(error_of(with_server("auth: {type: none, basic: {}}")),
                 "found both type and basic"));
  CHECK(contains(error_of(with_server("auth: {kerberos: {}}")), "found no type"));
}

TEST_CASE("Settings: N20 a bare number is seconds, in max_delay milliseconds", "[settings]") {
  CHECK(server("keepalive: {time: 30, timeout: {secs: 5, nanos: 1}}").http2.keepalive_interval ==
        30s);
  CHECK(server("keepalive: {timeout: {secs: 5, nanos: 1}}").http2.keepalive_timeout == 5s + 1ns);
  CHECK(client("connect_timeout: 7").connect_timeout == 7s);
  CHECK(client("request_timeout: {secs: 7}").http2.response_timeout == 7s);
  CHECK(client("keepalive: {http2_keepalive: 9}").http2.keepalive_interval == 9s);
  CHECK(client("backoff: {type: exponential, max_delay: 1500}").backoff.max_delay == 1500ms);
  CHECK(client("backoff: {type: fixed_interval, interval: 4}").backoff.interval == 4s);
  CHECK(notices(load(with_client("connect_timeout: 7")), Kind::rewritten,
                under(kClient0, "connect_timeout")) == 1);
}

TEST_CASE("Settings: N22 tracing.filter is dropped", "[settings]") {
  const Configuration c = load(with_root("tracing: {filter: debug}"));
  CHECK(notices(c, Kind::dead_key, "tracing.filter") == 1);
  CHECK_FALSE(c.tracing.filters);
  CHECK(contains(strict_error_of(with_root("tracing: {filter: debug}")), "tracing.filter"));
}

TEST_CASE("Settings: N23 link_hmac_timeout_secs is read as negotiation_timeout_secs",
          "[settings]") {
  CHECK(server("link_hmac_timeout_secs: 9").link.negotiation_timeout == 9s);
  CHECK(notices(load(with_server("link_hmac_timeout_secs: 9")), Kind::rewritten,
                under(kServer0, "link_hmac_timeout_secs")) == 1);
  const std::string both = "link_hmac_timeout_secs: 9, negotiation_timeout_secs: 9";
  CHECK(contains(error_of(with_server(both)), "found both"));
  // Public nodes of today take the alias, so strict mode does.
  CHECK(load_strict(with_server("link_hmac_timeout_secs: 9"))
            .services[0]
            .servers[0]
            .link.negotiation_timeout == 9s);
  CHECK(contains(strict_error_of(with_server(both)), "found both"));
}

TEST_CASE("Settings: N24 peers.deployment_name is read as domain_name", "[settings]") {
  const std::string peers =
      "peers: {deployment_name: d, discovery: {type: static, peers: [{node_id: n, endpoint: "
      "\"http://h:1\"}]}}";
  CHECK(load(with_service(peers)).services[0].domain_name == "d");
  CHECK(load(with_service("domain_name: d, " + peers)).services[0].domain_name == "d");
  CHECK(contains(error_of(with_service("domain_name: other, " + peers)), "peers.deployment_name"));
}

TEST_CASE("Settings: N25 keys that no release honoured are dropped", "[settings]") {
  const Configuration c =
      load(with_client("connection_timeout: 10s, keepalive: {permit_without_stream: true}"));
  CHECK(notices(c, Kind::dead_key, under(kClient0, "connection_timeout")) == 1);
  CHECK(notices(c, Kind::dead_key, under(kClient0, "keepalive.permit_without_stream")) == 1);
  CHECK(notices(load(with_server("max_recv_msg_size: 1")), Kind::dead_key,
                under(kServer0, "max_recv_msg_size")) == 1);
}

TEST_CASE("Settings: N26 null is absent", "[settings]") {
  const Configuration c = load(
      "tracing: ~\nruntime:\nservices:\n  slim/0:\n    node_id: null\n    pubsub:\n    auth:\n"
      "    dataplane:\n      clients:\n      servers:\n        - endpoint: h:1\n"
      "          max_frame_size:\n          auth: null\n          tls:\n            insecure: "
      "true\n"
      "            source: ~\n    peers:\n");
  CHECK(c.services[0].node_id.empty());
  CHECK_FALSE(c.services[0].peers);
  CHECK(notices(c, Kind::rewritten, "services.slim/0.dataplane.clients") == 1);
  for (const auto& notice : c.notices) CHECK(notice.place.line > 0);
}

TEST_CASE("Settings: N26 null is refused in strict mode, but for text", "[settings]") {
  CHECK(
      contains(strict_error_of(with_server("keepalive: null")), "found null; allowed: a mapping"));
  CHECK(contains(strict_error_of(with_server("require_header_mac: null")), "found null"));
  CHECK(contains(strict_error_of(with_client("connect_timeout: null")), "found null"));
  CHECK(contains(strict_error_of(with_service("controller: {servers: null}")), "found null"));
  CHECK(strict_error_of(with_service("node_id: null")).empty());
}

TEST_CASE("Settings: N27 an empty tls trusts the system's roots", "[settings]") {
  CHECK(client("tls: {}", "https://h:1").tls.system_roots);
  CHECK_FALSE(client("tls: {include_system_ca_certs_pool: false}", "https://h:1").tls.system_roots);
}

TEST_CASE("Settings: the specification's 0.4 example loads but for its password", "[settings]") {
  const auto text = [](const std::string& auth) {
    return "services:\n  slim/0:\n    pubsub:\n      servers:\n"
           "        - endpoint: \"0.0.0.0:46357\"\n"
           "          tls: { cert_file: /tls/node.crt, key_file: /tls/node.key }\n" +
           auth + "    controller:\n      servers: []\n";
  };
  const std::string error = error_of(
      text("          auth: { basic: { username: agent, password: \"${env:NODE_PW}\" } }\n"),
      options({{"NODE_PW", "hush"}}));
  CHECK(contains(error,
                 "node.yaml:7: services.slim/0.dataplane.servers[0].auth.type: "
                 "authentication by basic is not available in this version of slimd"));
  const Configuration c = load(text(""));
  const Server& s = c.services.at(0).servers.at(0);
  CHECK(s.endpoint.port == 46357);
  CHECK(s.tls.certificate.value == "/tls/node.crt");
  CHECK(s.tls.key.value == "/tls/node.key");
}
