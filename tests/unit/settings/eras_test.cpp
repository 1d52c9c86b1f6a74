// Files as each era wrote them, in our words: what docs/protocol/config.md 13 and 14 list.
#include "loading.hpp"
#include "support/catch.hpp"

using namespace slim::settings;
using namespace slim::settings::test;
using Kind = Notice::Kind;

namespace {

// What nearly every shipped file begins with.
const std::string kHead =
    "tracing:\n"
    "  log_level: debug\n"
    "  display_thread_names: true\n"
    "  display_thread_ids: true\n"
    "runtime:\n"
    "  n_cores: 0\n"
    "  thread_name: \"slim-data-plane\"\n"
    "  drain_timeout: 10s\n";

std::size_t of_kind(const Configuration& c, Kind kind) {
  return static_cast<std::size_t>(
      std::count_if(c.notices.begin(), c.notices.end(),
                    [kind](const Notice& notice) { return notice.kind == kind; }));
}

}  // namespace

TEST_CASE("Settings: a file of 0.3 loads", "[settings]") {
  const Configuration c = load(
      "tracing: {log_level: info, filter: debug}\n"
      "runtime: {drain_timeout: 10}\n"
      "services:\n"
      "  slim/0:\n"
      "    pubsub:\n"
      "      servers:\n"
      "        - endpoint: \"0.0.0.0:46357\"\n"
      "          tls: {insecure: true, ca_file: unused.crt}\n"
      "          keepalive: {time: 120, timeout: {secs: 20, nanos: 0}}\n"
      "      clients:\n"
      "        - endpoint: \"https://other:46357\"\n"
      "          tls: {ca_file: ca.crt, insecure_skip_verify: false}\n"
      "    controller:\n"
      "      server: {endpoint: \"0.0.0.0:46358\", tls: {insecure: true}}\n"
      "      client: {endpoint: \"http://control:1\", auth: {basic: {}, jwt: {}}}\n");
  CHECK(c.services[0].servers.size() == 1);
  CHECK(c.services[0].clients[0].tls.ca.value == "ca.crt");
  CHECK(of_kind(c, Kind::rewritten) == 7);
  CHECK(of_kind(c, Kind::not_available) == 1);
  CHECK(of_kind(c, Kind::dead_key) == 2);
}

TEST_CASE("Settings: a file of 0.6 loads", "[settings]") {
  const Configuration c = load(kHead +
                                   "services:\n"
                                   "  slim/0:\n"
                                   "    node_id: ${env:SLIM_SVC_ID}\n"
                                   "    group_name: east\n"
                                   "    dataplane:\n"
                                   "      servers:\n"
                                   "        - endpoint: \"0.0.0.0:46357\"\n"
                                   "          auth: none\n"
                                   "          tls:\n"
                                   "            cert_file: \"./node.crt\"\n"
                                   "            key_file: \"./node.key\"\n"
                                   "            client_ca_file: \"./ca.crt\"\n"
                                   "      token_provider: {shared_secret: \"hush\"}\n"
                                   "    controller:\n"
                                   "      token_verifier: {shared_secret: \"hush\"}\n"
                                   "      clients: []\n",
                               {{"SLIM_NODE_ID", "pod-3"}});
  const Service& s = c.services.at(0);
  CHECK(s.node_id == "pod-3");
  CHECK(s.domain_name == "east");
  CHECK(s.servers[0].tls.client_ca.value == "./ca.crt");
  CHECK(of_kind(c, Kind::not_available) == 2);
}

TEST_CASE("Settings: a file of 1.4 loads", "[settings]") {
  const Configuration c = load(kHead +
                               "services:\n"
                               "  slim/0:\n"
                               "    group_name: east\n"
                               "    dataplane:\n"
                               "      recovery_ttl: 30s\n"
                               "      servers:\n"
                               "        - endpoint: \"0.0.0.0:46357\"\n"
                               "          transport: grpc\n"
                               "          metadata: {local_endpoint: \"10.0.0.1\", n: 1, b: true}\n"
                               "          tls: {insecure: true}\n"
                               "      clients:\n"
                               "        - endpoint: \"http://other:46357\"\n"
                               "          transport: grpc\n"
                               "          link_id: 6d1f6f0c-5f2a-4c57-9c7e-0d3b3f9f7a11\n"
                               "          tls: {insecure: true}\n"
                               "          backoff: {type: exponential, base: 100, jitter: true}\n");
  CHECK(c.services[0].clients[0].backoff.jitter);
  CHECK(of_kind(c, Kind::rewritten) == 3);
}

TEST_CASE("Settings: a mesh replica with its controller loads, in strict mode too", "[settings]") {
  const std::string text = kHead +
                           "services:\n"
                           "  slim/0:\n"
                           "    node_id: replica-2\n"
                           "    domain_name: mesh\n"
                           "    dataplane:\n"
                           "      servers:\n"
                           "        - endpoint: \"0.0.0.0:46358\"\n"
                           "          tls: {insecure: true}\n"
                           "      clients: []\n"
                           "    controller:\n"
                           "      servers:\n"
                           "        - endpoint: \"0.0.0.0:47358\"\n"
                           "          tls: {insecure: true}\n"
                           "    peers:\n"
                           "      topology: full_mesh\n"
                           "      discovery:\n"
                           "        type: static\n"
                           "        peers:\n"
                           "          - {node_id: replica-1, endpoint: \"http://localhost:46357\", "
                           "tls: {insecure: true}}\n"
                           "          - {node_id: replica-2, endpoint: \"http://localhost:46358\", "
                           "tls: {insecure: true}}\n";
  for (const Configuration& c : {load(text), load_strict(text)}) {
    CHECK(c.services[0].peers->size() == 2);
    CHECK(c.notices.size() == 1);
  }
}

TEST_CASE("Settings: a controller that is not there does not hold the data plane up",
          "[settings]") {
  const Configuration c = load(kHead +
                               "services:\n"
                               "  slim/a:\n"
                               "    dataplane:\n"
                               "      servers:\n"
                               "        - {endpoint: \"127.0.0.1:46357\", tls: {insecure: true}}\n"
                               "    controller:\n"
                               "      clients:\n"
                               "        - endpoint: \"http://127.0.0.1:50052\"\n"
                               "          backoff: {type: exponential, base: 200, factor: 1, "
                               "max_delay: 1500ms, jitter: true}\n");
  CHECK(c.services[0].id == "slim/a");
  CHECK(of_kind(c, Kind::not_available) == 1);
}

TEST_CASE("Settings: files for logging and telemetry load", "[settings]") {
  const Configuration logging = load(
      "tracing: {filters: [\"slim_service::service=debug\", slim_datapath]}\n" + with_server(""));
  CHECK(logging.tracing.directives(nullptr) == "slim_service::service=debug,slim_datapath=info");
  const Configuration telemetry = load(
      "tracing: {opentelemetry: {enabled: true, service_name: slim-data-plane, "
      "service_version: \"v0.1.2\"}}\n" +
      with_server(""));
  CHECK(notices(telemetry, Kind::not_available, "tracing.opentelemetry") == 1);
}

TEST_CASE("Settings: the file of a control plane is refused", "[settings]") {
  CHECK(contains(error_of("tracing: {log_level: info}\ndatabase: {path: x}\n"),
                 "node.yaml:2: database: invalid configuration - key database not valid"));
}

TEST_CASE("Settings: a catalogue with two methods of authentication is refused", "[settings]") {
  const std::string error = error_of(
      "services:\n  slim/0:\n    dataplane:\n      servers:\n        - endpoint: \"h:1\"\n"
      "          auth:\n            basic: {username: u, password: p}\n            jwt: {}\n");
  CHECK(contains(error,
                 "node.yaml:6: services.slim/0.dataplane.servers[0].auth: "
                 "found the methods basic, jwt"));
}
