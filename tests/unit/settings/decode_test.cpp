#include "loading.hpp"
#include "support/catch.hpp"

using namespace slim::settings;
using namespace slim::settings::test;
using namespace std::chrono_literals;
using slim::forward::LinkType;
using slim::link::Backoff;
using slim::transport::EndpointKind;
using slim::transport::Http2Options;
using slim::transport::TlsVersion;
using Kind = Notice::Kind;

TEST_CASE("Settings: the minimal file of today loads, in strict mode too", "[settings]") {
  const std::string text =
      "tracing: { log_level: info }\n"
      "services:\n"
      "  slim/0:\n"
      "    node_id: router-1\n"
      "    dataplane:\n"
      "      servers:\n"
      "        - endpoint: \"0.0.0.0:46357\"\n"
      "          tls: { insecure: true }\n";
  for (const Configuration& c : {load(text), load_strict(text)}) {
    CHECK(c.notices.empty());
    REQUIRE(c.services.size() == 1);
    const Service& service = c.services[0];
    CHECK(service.id == "slim/0");
    CHECK(service.place.key == "services.slim/0");
    CHECK(service.place.line == 3);
    CHECK(service.node_id == "router-1");
    CHECK(service.domain_name.empty());
    CHECK(service.default_gateway);
    CHECK_FALSE(service.peers);
    REQUIRE(service.servers.size() == 1);
    const Server& server = service.servers[0];
    CHECK(server.place.key == kServer0);
    CHECK(server.place.line == 7);
    CHECK(server.endpoint.text == "0.0.0.0:46357");
    CHECK(server.endpoint.host == "0.0.0.0");
    CHECK(server.endpoint.port == 46357);
    CHECK(server.tls.insecure);
  }
}

TEST_CASE("Settings: what a file does not say has the default", "[settings]") {
  const Configuration c = load(with_server(""));
  CHECK(c.tracing.log_level == "info");
  CHECK(c.tracing.display_thread_names);
  CHECK_FALSE(c.tracing.display_thread_ids);
  CHECK_FALSE(c.tracing.filters);
  CHECK(c.runtime.n_cores == 0);
  CHECK(c.runtime.thread_name == "slim");
  CHECK(c.runtime.drain_timeout == 10s);
  CHECK(c.services[0].node_id.empty());
  const Http2Options defaults;
  const Server& s = c.services[0].servers[0];
  CHECK(s.http2.max_streams == defaults.max_streams);
  CHECK(s.http2.max_frame_size == defaults.max_frame_size);
  CHECK(s.http2.max_header_list == defaults.max_header_list);
  CHECK(s.http2.keepalive_interval == 2min);
  CHECK(s.http2.keepalive_timeout == 20s);
  CHECK(s.http2.max_age == 2h);
  CHECK(s.link.require_header_mac);
  CHECK(s.link.negotiation_timeout == 5s);
}

TEST_CASE("Settings: all of a server entry arrives", "[settings]") {
  const Server s = server(
      "max_frame_size: 2, max_concurrent_streams: 100, max_header_list_size: 8192, "
      "keepalive: {time: 30s, timeout: 7s, max_connection_age: 1h}, require_header_mac: false, "
      "negotiation_timeout_secs: 11, metadata: {external_endpoint: \"h:1\"}, "
      "slimd: {queue_bytes: 1MiB, multicast_stall: 20ms, anycast_stall: 3s, stream_window: 65535, "
      "connection_window: 128KiB, tls_timeout: 1s, preface_timeout: 2s, settings_timeout: 4s, "
      "idle_timeout: 5s, linger: 6s, control_frames_burst: 8, control_frames_rate: 9}");
  CHECK(s.http2.max_frame_size == 2 * 1024 * 1024);
  CHECK(s.http2.max_streams == 100);
  CHECK(s.http2.max_header_list == 8192);
  CHECK(s.http2.keepalive_interval == 30s);
  CHECK(s.http2.keepalive_timeout == 7s);
  CHECK(s.http2.max_age == 1h);
  CHECK_FALSE(s.link.require_header_mac);
  CHECK(s.link.negotiation_timeout == 11s);
  CHECK(s.link.queue_bytes == 1024 * 1024);
  CHECK(s.link.multicast_stall == 20ms);
  CHECK(s.link.anycast_stall == 3s);
  CHECK(s.http2.stream_window == 65535);
  CHECK(s.http2.connection_window == 128 * 1024);
  CHECK(s.http2.tls_timeout == 1s);
  CHECK(s.http2.preface_timeout == 2s);
  CHECK(s.http2.settings_timeout == 4s);
  CHECK(s.http2.idle_timeout == 5s);
  CHECK(s.http2.linger == 6s);
  CHECK(s.http2.control_frames_burst == 8);
  CHECK(s.http2.control_frames_rate == 9);
  CHECK(server("slimd: {max_streams: 3}").http2.max_streams == 3);
}

TEST_CASE("Settings: frames are counted in MiB, within what HTTP/2 and slimd allow", "[settings]") {
  const struct {
    const char* mib;
    std::uint32_t bytes;
    bool noted;
  } kTable[] = {{"0", 1024 * 1024, true},
                {"1", 1024 * 1024, false},
                {"15", 15 * 1024 * 1024, false},
                {"16", 16'777'215, true},
                {"4294967295", 16'777'215, true}};
  for (const auto& row : kTable) {
    CAPTURE(row.mib);
    const Configuration c = load(with_server("max_frame_size: " + std::string(row.mib)));
    CHECK(c.services[0].servers[0].http2.max_frame_size == row.bytes);
    CHECK(c.notices.size() == (row.noted ? 1 : 0));
  }
}

TEST_CASE("Settings: all of a client entry arrives", "[settings]") {
  const Client c = client(
      "origin: \"https://example.org:99/path\", server_name: name.example, connect_timeout: 3s, "
      "request_timeout: 4s, link_id: 6d1f6f0c, connection_type: remote, require_header_mac: false, "
      "headers: {X-Tenant: blue, x-other: \"\"}, "
      "keepalive: {http2_keepalive: 30s, timeout: 5s, keep_alive_while_idle: true}, "
      "slimd: {queue_bytes: 128KiB, idle_timeout: 9s}",
      "https://host:1");
  CHECK(c.place.key == kClient0);
  CHECK(c.endpoint.host == "host");
  CHECK(c.endpoint.tls);
  CHECK(c.authority == "example.org:99");
  CHECK(c.server_name == "name.example");
  CHECK(c.connect_timeout == 3s);
  CHECK(c.http2.response_timeout == 4s);
  CHECK(c.link_id == "6d1f6f0c");
  CHECK(c.type == LinkType::remote);
  CHECK_FALSE(c.link.require_header_mac);
  CHECK(c.headers ==
        std::vector<std::pair<std::string, std::string>>{{"x-tenant", "blue"}, {"x-other", ""}});
  CHECK(c.http2.keepalive_interval == 30s);
  CHECK(c.http2.keepalive_timeout == 5s);
  CHECK(c.http2.keepalive_without_streams);
  CHECK(c.link.queue_bytes == 128 * 1024);
  CHECK(c.http2.idle_timeout == 9s);
}

TEST_CASE("Settings: a client sends PINGs only if keepalive is there", "[settings]") {
  CHECK(client("").http2.keepalive_interval == 0s);
  const Client c = client("keepalive: {}");
  CHECK(c.http2.keepalive_interval == 60s);
  CHECK(c.http2.keepalive_timeout == 10s);
  CHECK_FALSE(c.http2.keepalive_without_streams);
}

TEST_CASE("Settings: a client's scheme decides on TLS", "[settings]") {
  const struct {
    const char* endpoint;
    const char* keys;
    bool tls;
    std::uint16_t port;
  } kTable[] = {
      {"http://h:5", "", false, 5},
      {"http://h", "tls: {}", false, 80},
      {"http://h:5", "tls: {source: {type: file, cert: c, key: k}}", false, 5},
      {"https://h", "", true, 443},
      {"https://h", "tls: {insecure: true, ca_source: {type: file, path: ca}}", true, 443},
      {"h:5", "", true, 5},
      {"h:5", "tls: {insecure: true}", false, 5},
      {"h:5", "tls: {insecure: true, ca_source: {type: pem, data: CA}}", true, 5},
      {"h:5", "tls: {insecure: true, ca_source: {type: none}}", false, 5},
  };
  for (const auto& row : kTable) {
    CAPTURE(row.endpoint, row.keys);
    const Client c = client(row.keys, row.endpoint);
    CHECK(c.endpoint.tls == row.tls);
    CHECK(c.tls.insecure == !row.tls);
    CHECK(c.endpoint.port == row.port);
  }
}

TEST_CASE("Settings: Unix sockets need insecure", "[settings]") {
  CHECK(client("tls: {insecure: true}", "unix://tmp/x").endpoint.host == "/tmp/x");
  CHECK(client("tls: {insecure: true, ca_source: {type: pem, data: C}}", "unix:///tmp/x")
            .endpoint.kind == EndpointKind::unix_socket);
  CHECK(contains(error_of(with_client("", "unix:///tmp/x")), "require tls.insecure=true"));
}

TEST_CASE("Settings: certificates are named, not read", "[settings]") {
  const Server s = server(
      "tls: {source: {type: pem, cert: CERT, key: KEY}, client_ca: {type: file, path: ca.crt}, "
      "tls_version: tls1.2}");
  CHECK_FALSE(s.tls.insecure);
  CHECK(s.endpoint.tls);
  CHECK(s.tls.certificate.kind == PemItem::Kind::inline_text);
  CHECK(s.tls.certificate.value == "CERT");
  CHECK(s.tls.key.value == "KEY");
  CHECK(s.tls.client_ca.kind == PemItem::Kind::file);
  CHECK(s.tls.client_ca.value == "ca.crt");
  CHECK(s.tls.version == TlsVersion::tls1_2);
  const Client c = client(
      "tls: {source: {type: file, cert: c, key: k}, ca_source: {type: pem, data: CA}, "
      "insecure_skip_verify: true}",
      "https://h:1");
  CHECK(c.tls.certificate.value == "c");
  CHECK(c.tls.ca.value == "CA");
  CHECK(c.tls.skip_verify);
  CHECK(c.tls.version == TlsVersion::tls1_3);
}

TEST_CASE("Settings: with insecure the rest of a server's tls does not count", "[settings]") {
  CHECK(error_of(with_server("tls: {insecure: true, tls_version: tls1.0, source: {type: spire}}"))
            .empty());
}

TEST_CASE("Settings: backoff in both ways", "[settings]") {
  const Backoff absent = client("").backoff;
  CHECK(absent.kind == Backoff::Kind::fixed);
  CHECK(absent.interval == 2s);
  CHECK(absent.spread == Approx(0.2));
  CHECK_FALSE(absent.max_attempts);

  const Backoff fixed = client("backoff: {type: fixed_interval}").backoff;
  CHECK(fixed.interval == 1s);
  CHECK(fixed.spread == Approx(0));
  CHECK(client("backoff: {type: fixed_interval, interval: 3s, max_attempts: 0}")
            .backoff.max_attempts == 0U);

  const Backoff defaults = client("backoff: {type: exponential}").backoff;
  CHECK(defaults.kind == Backoff::Kind::exponential);
  CHECK(defaults.base == 100);
  CHECK(defaults.factor == 1);
  CHECK(defaults.max_delay == 1s);
  CHECK_FALSE(defaults.jitter);

  const Backoff all = client(
                          "backoff: {type: exponential, base: 18446744073709551615, factor: 2, "
                          "max_delay: 1500ms, jitter: true, max_attempts: 7}")
                          .backoff;
  CHECK(all.base == 18446744073709551615ULL);
  CHECK(all.factor == 2);
  CHECK(all.max_delay == 1500ms);
  CHECK(all.jitter);
  CHECK(all.max_attempts == 7U);
}

TEST_CASE("Settings: links that are dialled negotiate as long as the first server", "[settings]") {
  const std::string text =
      "services: {slim/0: {dataplane: {servers: ["
      "{endpoint: \"h:1\", tls: {insecure: true}, negotiation_timeout_secs: 9}, "
      "{endpoint: \"h:2\", tls: {insecure: true}, negotiation_timeout_secs: 3}], "
      "clients: [{endpoint: \"http://h:3\"}]}}}";
  const Service s = load(text).services.at(0);
  CHECK(s.servers[0].link.negotiation_timeout == 9s);
  CHECK(s.servers[1].link.negotiation_timeout == 3s);
  CHECK(s.clients[0].link.negotiation_timeout == 9s);
  CHECK(client("").link.negotiation_timeout == 5s);
}

TEST_CASE("Settings: a static full mesh arrives with its own entry", "[settings]") {
  const std::string text = with_service(
      "node_id: a, domain_name: d, default_gateway: off, peers: {topology: full_mesh, discovery: "
      "{type: static, peers: [{node_id: a, endpoint: \"http://a:1\"}, {node_id: b, endpoint: "
      "\"http://b:1\", connection_type: edge, connect_timeout: 2s}]}}");
  const Service s = load(text).services.at(0);
  CHECK(s.domain_name == "d");
  CHECK_FALSE(s.default_gateway);
  REQUIRE(s.peers);
  REQUIRE(s.peers->size() == 2);
  CHECK((*s.peers)[0].node_id == "a");
  CHECK((*s.peers)[1].client.endpoint.host == "b");
  CHECK((*s.peers)[1].client.type == LinkType::peer);
  CHECK((*s.peers)[1].client.connect_timeout == 2s);
}

TEST_CASE("Settings: services keep their order and share the process", "[settings]") {
  const std::string text =
      "services:\n"
      "  slim/b: {dataplane: {servers: [{endpoint: \"h:1\", tls: {insecure: true}}]}}\n"
      "  Other_1/: {dataplane: {clients: [{endpoint: \"http://h:1\"}]}}\n"
      "  slim/a: {dataplane: {clients: [{endpoint: \"http://h:1\"}]}}\n";
  const Configuration c = load(text);
  REQUIRE(c.services.size() == 3);
  CHECK(c.services[0].id == "slim/b");
  CHECK(c.services[1].id == "Other_1/");
  CHECK(c.services[2].id == "slim/a");
}

TEST_CASE("Settings: the root's slimd sets the node's limits", "[settings]") {
  const NodeLimits l = load(with_root("slimd: {max_connections: 5, max_handshakes: 6, "
                                      "max_subscriptions_per_link: 7, max_subscriptions: 8, "
                                      "max_name_bytes: 128, handoff_bytes: 64KiB}"))
                           .limits;
  CHECK(l.admission.connections == 5);
  CHECK(l.admission.handshakes == 6);
  CHECK(l.table.subscriptions_per_link == 7);
  CHECK(l.table.subscriptions_total == 8);
  CHECK(l.max_name_bytes == 128);
  CHECK(l.handoff_bytes == 64 * 1024);
}

TEST_CASE("Settings: numbers and booleans may stand in quotes, text without", "[settings]") {
  const std::string text = with_root(
      "runtime: {n_cores: \"4\", thread_name: 123}\n"
      "tracing: {display_thread_ids: \"true\", display_thread_names: FALSE}");
  const Configuration c = load(text);
  CHECK(c.runtime.n_cores == 4);
  CHECK(c.runtime.thread_name == "123");
  CHECK(c.tracing.display_thread_ids);
  CHECK_FALSE(c.tracing.display_thread_names);
  for (const char* loose :
       {"runtime: {n_cores: \"4\"}", "runtime: {thread_name: 123}", "runtime: {thread_name: true}",
        "runtime: {thread_name: -1.5}", "tracing: {display_thread_ids: \"true\"}"}) {
    CAPTURE(loose);
    CHECK_FALSE(strict_error_of(with_root(loose)).empty());
  }
  CHECK(load_strict(with_root("runtime: {thread_name: \"123\"}")).runtime.thread_name == "123");
}

TEST_CASE("Settings: yes, no, on and off are text", "[settings]") {
  for (const char* word : {"yes", "no", "on", "off", "y", "tRue"}) {
    CAPTURE(word);
    CHECK(contains(error_of(with_root("tracing: {display_thread_ids: " + std::string(word) + "}")),
                   "allowed: true, false"));
    CHECK(load_strict(with_service("node_id: " + std::string(word))).services[0].node_id == word);
  }
}

TEST_CASE("Settings: the log filter of the file", "[settings]") {
  Tracing t;
  CHECK(t.directives(nullptr) ==
        "slim_datapath=info,slim_service=info,slim_controller=info,slim_auth=info,slim_config=info,"
        "slim_mls=info,slim_session=info,slim_signal=info,slim_tracing=info,_slim_bindings=info,"
        "slim_testing=info,slim=info,slim_examples=info,sdk_mock=info,client=info,channel=info");
  t.log_level = "WARN";
  t.filters = {"slim_service::service=debug", "slim_datapath"};
  CHECK(t.directives("") == "slim_service::service=debug,slim_datapath=warn");
  t.filters = {"nonsense=loud", "slim=debug"};
  CHECK(t.directives(nullptr) == "nonsense=loud,slim=debug");
  t.filters = {"nonsense=loud"};
  CHECK(t.directives(nullptr) == "nonsense=loud,warn");
  t.filters.emplace();
  CHECK(t.directives(nullptr) == "warn");
}

TEST_CASE("Settings: RUST_LOG replaces the file's log filter", "[settings]") {
  const Tracing t;
  CHECK(t.directives("slim=debug") == "slim=debug,off");
  CHECK(t.directives("slim=debug, warn") == "slim=debug, warn");
  CHECK(t.directives("trace") == "trace");
}

TEST_CASE("Settings: a level that there is not means info", "[settings]") {
  const Configuration c = load(with_root("tracing: {log_level: verbose}"));
  CHECK(notices(c, Kind::rewritten, "tracing.log_level") == 1);
  CHECK(c.tracing.directives(nullptr) == "info");
  CHECK(load(with_root("tracing: {log_level: Debug, filters: [a]}")).tracing.directives(nullptr) ==
        "a=debug");
}
