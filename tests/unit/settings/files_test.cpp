#include <filesystem>
#include <fstream>
#include <sstream>

#include "loading.hpp"
#include "support/catch.hpp"

using namespace slim::settings;
using namespace slim::settings::test;
namespace fs = std::filesystem;

namespace {

const fs::path kFolder = SLIM_CONFIG_DIR;

Configuration load_example(const std::string& name, bool strict = false) {
  return load_file((kFolder / name).string(), options({{"SLIM_NODE_ID", "replica-1"}}, strict));
}

// All keys of docs/protocol/config.md that this version knows by name.
constexpr const char* kKeys[] = {"tracing",
                                 "log_level",
                                 "display_thread_names",
                                 "display_thread_ids",
                                 "filters",
                                 "opentelemetry",
                                 "enabled",
                                 "grpc",
                                 "service_name",
                                 "service_version",
                                 "environment",
                                 "metrics_interval_secs",
                                 "runtime",
                                 "n_cores",
                                 "thread_name",
                                 "drain_timeout",
                                 "slimd",
                                 "max_connections",
                                 "max_handshakes",
                                 "max_subscriptions_per_link",
                                 "max_subscriptions",
                                 "max_name_bytes",
                                 "handoff_bytes",
                                 "services",
                                 "node_id",
                                 "domain_name",
                                 "auth",
                                 "dataplane",
                                 "controller",
                                 "peers",
                                 "default_gateway",
                                 "servers",
                                 "clients",
                                 "outbound_clients",
                                 "enforce_pqc",
                                 "endpoint",
                                 "tls",
                                 "http2_only",
                                 "max_frame_size",
                                 "max_concurrent_streams",
                                 "max_header_list_size",
                                 "read_buffer_size",
                                 "write_buffer_size",
                                 "keepalive",
                                 "max_connection_idle",
                                 "max_connection_age",
                                 "max_connection_age_grace",
                                 "time",
                                 "timeout",
                                 "metadata",
                                 "require_header_mac",
                                 "negotiation_timeout_secs",
                                 "link_hmac_poll_interval_ms",
                                 "origin",
                                 "server_name",
                                 "compression",
                                 "rate_limit",
                                 "tcp_keepalive",
                                 "http2_keepalive",
                                 "keep_alive_while_idle",
                                 "proxy",
                                 "url",
                                 "connect_timeout",
                                 "request_timeout",
                                 "buffer_size",
                                 "headers",
                                 "backoff",
                                 "base",
                                 "factor",
                                 "max_delay",
                                 "jitter",
                                 "max_attempts",
                                 "interval",
                                 "link_id",
                                 "connection_type",
                                 "insecure",
                                 "insecure_skip_verify",
                                 "source",
                                 "cert",
                                 "key",
                                 "client_ca",
                                 "ca_source",
                                 "path",
                                 "data",
                                 "include_system_ca_certs_pool",
                                 "tls_version",
                                 "topology",
                                 "discovery",
                                 "type",
                                 "queue_bytes",
                                 "multicast_stall",
                                 "anycast_stall",
                                 "stream_window",
                                 "connection_window",
                                 "max_streams",
                                 "tls_timeout",
                                 "preface_timeout",
                                 "settings_timeout",
                                 "idle_timeout",
                                 "linger",
                                 "control_frames_burst",
                                 "control_frames_rate",
                                 "generation",
                                 "translate",
                                 "uplink",
                                 "advertise",
                                 "route"};

std::string text_of(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

/// Whether the word stands there by itself.
bool names(const std::string& text, const std::string& word) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const bool starts = at == 0 || !is_part(text[at - 1]);
    const std::size_t end = at + word.size();
    if (starts && (end == text.size() || !is_part(text[end]))) return true;
  }
  return false;
}

void check_same(const slim::transport::Http2Options& a, const slim::transport::Http2Options& b) {
  CHECK(a.stream_window == b.stream_window);
  CHECK(a.connection_window == b.connection_window);
  CHECK(a.max_frame_size == b.max_frame_size);
  CHECK(a.max_streams == b.max_streams);
  CHECK(a.max_header_list == b.max_header_list);
  CHECK(a.tls_timeout == b.tls_timeout);
  CHECK(a.preface_timeout == b.preface_timeout);
  CHECK(a.settings_timeout == b.settings_timeout);
  CHECK(a.idle_timeout == b.idle_timeout);
  CHECK(a.response_timeout == b.response_timeout);
  CHECK(a.linger == b.linger);
  CHECK(a.max_age == b.max_age);
  CHECK(a.control_frames_burst == b.control_frames_burst);
  CHECK(a.control_frames_rate == b.control_frames_rate);
}

void check_same(const slim::link::LinkOptions& a, const slim::link::LinkOptions& b) {
  CHECK(a.require_header_mac == b.require_header_mac);
  CHECK(a.negotiation_timeout == b.negotiation_timeout);
  CHECK(a.queue_bytes == b.queue_bytes);
  CHECK(a.multicast_stall == b.multicast_stall);
  CHECK(a.anycast_stall == b.anycast_stall);
}

}  // namespace

TEST_CASE("Settings: every file in config/ loads, in strict mode too", "[settings]") {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".yaml") continue;
    CAPTURE(entry.path().string());
    ++count;
    for (const bool strict : {false, true}) {
      const Configuration c = load_example(entry.path().filename().string(), strict);
      CHECK_FALSE(c.services.empty());
      CHECK(c.notices.empty());
    }
  }
  CHECK(count >= 12);
}

TEST_CASE("Settings: the file of the first releases means what it did", "[settings]") {
  const Configuration c = load_example("base.yaml");
  CHECK(c.tracing.log_level == "info");
  CHECK(c.tracing.display_thread_ids);
  CHECK(c.runtime.thread_name == "slim-data-plane");
  CHECK(c.runtime.drain_timeout == std::chrono::seconds(10));
  REQUIRE(c.services.size() == 1);
  CHECK(c.services[0].id == "slim/0");
  CHECK(c.services[0].clients.empty());
  REQUIRE(c.services[0].servers.size() == 1);
  CHECK(c.services[0].servers[0].endpoint.text == "0.0.0.0:46357");
  CHECK(c.services[0].servers[0].tls.insecure);
}

TEST_CASE("Settings: the reference names every key", "[settings]") {
  const std::string text = text_of(kFolder / "reference.yaml");
  for (const char* key : kKeys) {
    CAPTURE(key);
    CHECK(names(text, key));
  }
}

TEST_CASE("Settings: what the reference calls defaults are the defaults", "[settings]") {
  const Configuration reference = load_example("reference.yaml");
  const Configuration plain = load(with_server(""));
  CHECK(reference.tracing.directives(nullptr) == plain.tracing.directives(nullptr));
  CHECK(reference.tracing.display_thread_names == plain.tracing.display_thread_names);
  CHECK(reference.tracing.display_thread_ids == plain.tracing.display_thread_ids);
  CHECK(reference.runtime.n_cores == plain.runtime.n_cores);
  CHECK(reference.runtime.thread_name == plain.runtime.thread_name);
  CHECK(reference.runtime.drain_timeout == plain.runtime.drain_timeout);
  CHECK(reference.limits.admission.connections == plain.limits.admission.connections);
  CHECK(reference.limits.admission.handshakes == plain.limits.admission.handshakes);
  CHECK(reference.limits.table.subscriptions_per_link == plain.limits.table.subscriptions_per_link);
  CHECK(reference.limits.table.subscriptions_total == plain.limits.table.subscriptions_total);
  CHECK(reference.limits.max_name_bytes == plain.limits.max_name_bytes);
  CHECK(reference.limits.handoff_bytes == plain.limits.handoff_bytes);
  const Service& service = reference.services.at(0);
  CHECK(service.default_gateway == plain.services[0].default_gateway);
  const Server& server = service.servers.at(0);
  const Server& plain_server = plain.services[0].servers[0];
  check_same(server.http2, plain_server.http2);
  check_same(server.link, plain_server.link);
  CHECK(server.http2.keepalive_interval == plain_server.http2.keepalive_interval);
  CHECK(server.http2.keepalive_timeout == plain_server.http2.keepalive_timeout);
}

TEST_CASE("Settings: a client of the reference has the defaults too", "[settings]") {
  const Client c = load_example("reference.yaml").services.at(0).clients.at(0);
  const Client keepalive = client("keepalive: {}, backoff: {type: fixed_interval}", "https://h:1");
  check_same(c.http2, keepalive.http2);
  check_same(c.link, keepalive.link);
  CHECK(c.http2.keepalive_interval == keepalive.http2.keepalive_interval);
  CHECK(c.http2.keepalive_timeout == keepalive.http2.keepalive_timeout);
  CHECK(c.http2.keepalive_without_streams == keepalive.http2.keepalive_without_streams);
  CHECK(c.backoff.interval == keepalive.backoff.interval);
  CHECK(c.connect_timeout == keepalive.connect_timeout);
  CHECK(c.tls.system_roots == keepalive.tls.system_roots);
  CHECK(c.tls.skip_verify == keepalive.tls.skip_verify);
  CHECK(c.tls.version == keepalive.tls.version);
  CHECK(c.type == keepalive.type);
}

TEST_CASE("Settings: a file that cannot be read says so", "[settings]") {
  for (const char* path : {"/nonexistent/node.yaml", "/", "/dev/null"}) {
    CAPTURE(path);
    try {
      (void)load_file(path);
      FAIL("it loaded");
    } catch (const ConfigError& error) {
      CHECK(contains(error.what(), std::string(path) + ": io error: "));
    }
  }
}
