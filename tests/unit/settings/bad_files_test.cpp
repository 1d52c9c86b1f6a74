// What is wrong with a file, where, and what people read about it.
#include "loading.hpp"
#include "support/catch.hpp"

using namespace slim::settings;
using namespace slim::settings::test;

namespace {

struct BadFile {
  const char* text;
  const char* where;  ///< `line: key: ` as it follows the file's name
  const char* phrase;
};

// A service's head up to the keys of its first server, six lines, for block style.
#define SERVER                                                                 \
  "services:\n  slim/0:\n    dataplane:\n      servers:\n        - endpoint: " \
  "127.0.0.1:0\n          tls: {insecure: true}\n"
#define CLIENT                                                                 \
  "services:\n  slim/0:\n    dataplane:\n      clients:\n        - endpoint: " \
  "http://h:1\n"
#define AT_SERVER ":7: services.slim/0.dataplane.servers[0]."
#define AT_CLIENT ":6: services.slim/0.dataplane.clients[0]."

const BadFile kDocuments[] = {
    {"", ": ", "invalid configuration - impossible to parse yaml"},
    {"# nothing\n", ": ", "invalid configuration - impossible to parse yaml"},
    {"just text\n", ":1: ", "invalid configuration - impossible to parse yaml"},
    {"- a\n- b\n", ":1: ", "impossible to parse yaml: found a list"},
    {"~\n", ": ", "impossible to parse yaml: found null"},
    {"1: x\n", ":1: ", "invalid configuration - impossible to parse yaml"},
    {"true: x\n", ":1: ", "invalid configuration - impossible to parse yaml"},
    {"? [a]\n: b\n", ":1: ", "invalid configuration - impossible to parse yaml"},
    {"a: 1\n\tb: 2\n", ":2: ", "yaml parse error: "},
    {"services:\n\t- a\n", ":2: ", "yaml parse error: "},
    {"services: {a: 1\n", ":1: ", "yaml parse error: end of map flow not found"},
    {"services: *nothing\n", ":1: ", "yaml parse error: the referenced anchor is not defined"},
    {"a: 'open\n", ":1: ", "yaml parse error: the file ends inside a quoted value"},
    {"a: \"open\nb: 1\n", ":2: ", "yaml parse error: the file ends inside a quoted value"},
    {"a: 'open", ":1: ", "yaml parse error: the file ends inside a quoted value"},
    {"a: 1\n---\nb: 1\n", ":", "yaml parse error: a second document"},
    {"a: b: c\n", ":1: ", "yaml parse error: illegal map value"},
    {"a: @b\n", ":1: ", "yaml parse error: unknown token"},
};

const BadFile kRoots[] = {
    {"services: {}\nfoo: 1\n", ":2: foo: ", "invalid configuration - key foo not valid"},
    {"database: {}\ntracing: {}\n",
     ":1: database: ", "invalid configuration - key database not valid"},
    {"tracing: {}\n", ": services: ", "invalid configuration - missing services"},
    {"tracing: {}\nservices: {}\n", ":2: services: ", "invalid configuration - missing services"},
    {"tracing: {}\nservices:\n", ":2: services: ", "invalid configuration - missing services"},
    {"services: []\n", ":1: services: ", "invalid configuration - impossible to parse yaml"},
    {"services: text\n", ":1: services: ", "invalid configuration - impossible to parse yaml"},
    {"services:\n  slim: {}\n",
     ":2: services.slim: ", "invalid configuration - key slim not valid: id cannot be empty"},
    {"services:\n  1: {}\n", ":2: services.1: ", "id cannot be empty"},
    {"services:\n  0slim/a: {}\n",
     ":2: services.0slim/a: ", "kind contains invalid character(s): 0slim"},
    {"services:\n  /a: {}\n", ":2: services./a: ", "kind contains invalid character(s)"},
    {"services:\n  sl-im/a: {}\n", ":2: services.sl-im/a: ", "kind contains invalid character(s)"},
    {"services:\n  slim/A: {}\n", ":2: services.slim/A: ", "name contains invalid character(s): A"},
    {"services:\n  slim/a/b: {}\n",
     ":2: services.slim/a/b: ", "name contains invalid character(s)"},
    {"services:\n  slim/0:\n", ":2: services.slim/0: ", "no server or client configured"},
    {"services:\n  slim/0: {}\n", ":2: services.slim/0: ", "no server or client configured"},
    {"services:\n  slim/0:\n    dataplane: {servers: [], clients: []}\n",
     ":2: services.slim/0: ", "no server or client configured"},
    {"services:\n  slim/0: text\n",
     ":2: services.slim/0: ", "found a single value; allowed: a mapping"},
    {"services:\n  slim/0: []\n", ":2: services.slim/0: ", "found a list; allowed: a mapping"},
    {"runtime: []\nservices: {}\n", ":1: runtime: ", "found a list; allowed: a mapping"},
    {"runtime:\n  n_cores: many\nservices: {}\n",
     ":2: runtime.n_cores: ", "found `many`; allowed: a whole number"},
    {"runtime:\n  n_cores: -1\nservices: {}\n", ":2: runtime.n_cores: ", "found `-1`"},
    {"runtime:\n  n_cores: 1.5\nservices: {}\n", ":2: runtime.n_cores: ", "found `1.5`"},
    {"runtime:\n  n_cores: [1]\nservices: {}\n", ":2: runtime.n_cores: ", "found a list"},
    {"runtime:\n  thread_name: {}\nservices: {}\n",
     ":2: runtime.thread_name: ", "found a mapping; allowed: text"},
    {"tracing:\n  display_thread_ids: yes\nservices: {}\n",
     ":2: tracing.display_thread_ids: ", "found `yes`; allowed: true, false"},
    {"tracing:\n  filters: slim\nservices: {}\n", ":2: tracing.filters: ", "allowed: a list"},
    {"tracing:\n  filters:\n    - a\n    - {}\nservices: {}\n",
     ":4: tracing.filters[1]: ", "found a mapping; allowed: text"},
    {"tracing:\n  opentelemetry: true\nservices: {}\n",
     ":2: tracing.opentelemetry: ", "allowed: a mapping"},
    {"tracing: !x {}\nservices: {}\n", ":1: tracing: ", "found a YAML tag"},
};

const BadFile kServices[] = {
    {SERVER "    node_id: []\n", ":7: services.slim/0.node_id: ", "allowed: text"},
    {SERVER "    default_gateway: on\n",
     ":7: services.slim/0.default_gateway: ", "found `on`; allowed: auto, off"},
    {SERVER "    controller: []\n", ":7: services.slim/0.controller: ", "allowed: a mapping"},
    {SERVER "    controller: {servers: 1}\n",
     ":7: services.slim/0.controller.servers: ", "allowed: a list"},
    {SERVER "    peers: {}\n", ":7: services.slim/0.peers: ", "found no discovery"},
    {SERVER "    peers: {topology: star}\n",
     ":7: services.slim/0.peers.topology: ", "allowed: full_mesh"},
    {SERVER "    peers: {discovery: {}}\n",
     ":7: services.slim/0.peers.discovery: ", "found no type"},
    {SERVER "    peers: {discovery: {type: dns}}\n",
     ":7: services.slim/0.peers.discovery.type: ", "allowed: static, kubernetes"},
    {SERVER "    peers: {discovery: {type: static}}\n",
     ":7: services.slim/0.peers.discovery: ", "peers must not be empty"},
    {SERVER "    peers: {discovery: {type: static, peers: []}}\n",
     ":7: services.slim/0.peers.discovery: ", "peers must not be empty"},
    {SERVER "    peers: {discovery: {type: static, peers: [{endpoint: 'http://h:1'}]}}\n",
     ":7: services.slim/0.peers.discovery.peers[0]: ", "found no node_id"},
    {SERVER "    peers: {discovery: {type: static, peers: [{node_id: a}]}}\n",
     ":7: services.slim/0.peers.discovery.peers[0]: ", "missing grpc endpoint"},
    {SERVER "    peers: {discovery: {type: static, peers: [{node_id: a, endpoint: 'http://h:1'}, "
            "{node_id: a, endpoint: 'http://h:2'}]}}\n",
     ":7: services.slim/0.peers.discovery.peers[1]: ", "second peer with the same node_id"},
    {"services: {slim/0: {dataplane: {servers: {endpoint: 'h:1'}}}}\n",
     ":1: services.slim/0.dataplane.servers: ", "found a mapping; allowed: a list"},
    {"services: {slim/0: {dataplane: {servers: [~]}}}\n",
     ":1: services.slim/0.dataplane.servers[0]: ", "found null; allowed: a mapping"},
    {"services: {slim/0: {dataplane: {servers: ['h:1']}}}\n",
     ":1: services.slim/0.dataplane.servers[0]: ", "allowed: a mapping"},
    {"services: {slim/0: {dataplane: {servers: [], enforce_pqc: maybe}}}\n",
     ":1: services.slim/0.dataplane.enforce_pqc: ", "allowed: true, false"},
};

const BadFile kEndpoints[] = {
    {"services: {slim/0: {dataplane: {servers: [{tls: {insecure: true}}]}}}\n",
     ":1: services.slim/0.dataplane.servers[0]: ",
     "validation error: grpc configuration error: missing grpc endpoint"},
    {"services: {slim/0: {dataplane: {servers: [{endpoint: '', tls: {insecure: true}}]}}}\n",
     ":1: services.slim/0.dataplane.servers[0].endpoint: ", "missing grpc endpoint"},
    {"services: {slim/0: {dataplane: {servers: [{endpoint: 'ftp://h:1', tls: {insecure: "
     "true}}]}}}\n",
     ":1: services.slim/0.dataplane.servers[0].endpoint: ",
     "grpc configuration error: invalid endpoint scheme `ftp`"},
    {"services: {slim/0: {dataplane: {servers: [{endpoint: 'host', tls: {insecure: true}}]}}}\n",
     ":1: services.slim/0.dataplane.servers[0].endpoint: ",
     "datapath error: endpoint parse error: `host`"},
    {"services: {slim/0: {dataplane: {servers: [{endpoint: 'h:70000', tls: {insecure: true}}]}}}\n",
     ":1: services.slim/0.dataplane.servers[0].endpoint: ", "endpoint parse error"},
    {"services: {slim/0: {dataplane: {servers: [{endpoint: '0.0.0.0:${env:PORT}', tls: {insecure: "
     "true}}]}}}\n",
     ":1: services.slim/0.dataplane.servers[0].endpoint: ", "endpoint parse error"},
    {"services: {slim/0: {dataplane: {servers: [{endpoint: 'https://h:1', tls: {insecure: "
     "true}}]}}}\n",
     ":1: services.slim/0.dataplane.servers[0].endpoint: ",
     "scheme https but tls.insecure is true"},
    {"services: {slim/0: {dataplane: {servers: [{endpoint: 'unix:///x', tls: {source: {type: file, "
     "cert: c, key: k}}}]}}}\n",
     ":1: services.slim/0.dataplane.servers[0].endpoint: ",
     "unix domain sockets require tls.insecure=true"},
    {"services: {slim/0: {dataplane: {servers: [{endpoint: 'h:1'}]}}}\n",
     ":1: services.slim/0.dataplane.servers[0]: ", "missing server cert or key"},
    {"services:\n  slim/0:\n    dataplane:\n      servers:\n        - endpoint: h:1\n          "
     "tls: "
     "{}\n",
     ":6: services.slim/0.dataplane.servers[0].tls: ",
     "datapath error: TLS config error: missing server cert or key"},
    {"services: {slim/0: {dataplane: {servers: [{endpoint: 'h:1', tls: {source: {type: "
     "none}}}]}}}\n",
     ":1: services.slim/0.dataplane.servers[0].tls: ", "missing server cert or key"},
    {SERVER "        - endpoint: h:1\n          tls: {insecure: true}\n        - endpoint: h:1\n"
            "          tls: {insecure: true}\n",
     ":9: services.slim/0.dataplane.servers[2]: ", "server already running: h:1"},
    {"services:\n  slim/0: {dataplane: {servers: [{endpoint: 'h:1', tls: {insecure: true}}]}}\n"
     "  slim/1: {dataplane: {servers: [{endpoint: 'http://h:1', tls: {insecure: true}}]}}\n",
     ":3: services.slim/1.dataplane.servers[0]: ", "server already running: http://h:1"},
    {CLIENT "        - endpoint: http://h:1\n",
     ":6: services.slim/0.dataplane.clients[1]: ", "client already connected: http://h:1"},
    {"services: {slim/0: {dataplane: {clients: [{}]}}}\n",
     ":1: services.slim/0.dataplane.clients[0]: ", "missing grpc endpoint"},
    {"services: {slim/0: {dataplane: {clients: [{endpoint: 'amqp://h'}]}}}\n",
     ":1: services.slim/0.dataplane.clients[0].endpoint: ", "invalid endpoint scheme `amqp`"},
    {"services: {slim/0: {dataplane: {clients: [{endpoint: 'https://h', tls: {insecure: "
     "true}}]}}}\n",
     ":1: services.slim/0.dataplane.clients[0].endpoint: ",
     "scheme https but tls.insecure is true"},
    {"services: {slim/0: {dataplane: {clients: [{endpoint: [a]}]}}}\n",
     ":1: services.slim/0.dataplane.clients[0].endpoint: ", "found a list; allowed: text"},
};

const BadFile kEntries[] = {
    {SERVER "          keepalive: 10s\n", AT_SERVER "keepalive: ", "allowed: a mapping"},
    {SERVER "          keepalive:\n            time: 10x\n",
     ":8: services.slim/0.dataplane.servers[0].keepalive.time: ", "an unknown unit: `10x`"},
    {SERVER "          keepalive: {timeout: 0s}\n",
     AT_SERVER "keepalive.timeout: ", "allowed: a duration of 1ms to 1d"},
    {SERVER "          metadata: []\n", AT_SERVER "metadata: ", "allowed: a mapping"},
    {SERVER "          auth: basic\n",
     AT_SERVER "auth: ", "found a single value; allowed: a mapping"},
    {SERVER "          auth: {}\n", AT_SERVER "auth: ", "found no type"},
    {SERVER "          auth: {type: kerberos}\n", AT_SERVER "auth.type: ", "found `kerberos`"},
    {SERVER "          require_header_mac: 1\n",
     AT_SERVER "require_header_mac: ", "found `1`; allowed: true, false"},
    {SERVER "          slimd: []\n", AT_SERVER "slimd: ", "allowed: a mapping"},
    {SERVER "          slimd: {queue_bytes: 8MB}\n",
     AT_SERVER "slimd.queue_bytes: ", "found `8MB`; allowed: bytes, 65536 to 1073741824"},
    {CLIENT "          tls: {tls_version: tls1.1}\n", AT_CLIENT "tls.tls_version: ",
     "TLS config error: invalid tls version: found `tls1.1`; allowed: tls1.2, tls1.3"},
    {CLIENT "          tls: {source: {type: vault}}\n",
     AT_CLIENT "tls.source.type: ", "found `vault`; allowed: file, pem, spire, none"},
    {CLIENT "          tls: {source: {cert: a}}\n", AT_CLIENT "tls.source: ", "found no type"},
    {CLIENT "          tls: {source: {type: file, cert: a}}\n",
     AT_CLIENT "tls.source: ", "missing client cert or key; allowed: key"},
    {CLIENT "          tls: {ca_source: {type: pem, path: a}}\n",
     AT_CLIENT "tls.ca_source: ", "missing CA; allowed: data"},
    {CLIENT "          tls: {ca_source: ca.crt}\n",
     AT_CLIENT "tls.ca_source: ", "allowed: a mapping"},
    {CLIENT "          tls: {reload_interval: soon}\n",
     AT_CLIENT "tls.reload_interval: ", "a unit without a number"},
    {CLIENT "          backoff: {}\n", AT_CLIENT "backoff: ", "found no type"},
    {CLIENT "          backoff: {type: linear}\n",
     AT_CLIENT "backoff.type: ", "found `linear`; allowed: exponential, fixed_interval"},
    {CLIENT "          connection_type: local\n",
     AT_CLIENT "connection_type: ", "found `local`; allowed: edge, peer, remote"},
    {CLIENT "          compression: Brotli\n", AT_CLIENT "compression: ", "found `Brotli`"},
    {CLIENT "          headers: {'a b': c}\n",
     AT_CLIENT "headers.a b: ", "header name parse error"},
    {CLIENT "          headers: {':path': c}\n",
     AT_CLIENT "headers.:path: ", "header name parse error"},
    {CLIENT "          headers: {a: \"b\\nc\"}\n",
     AT_CLIENT "headers.a: ", "header value parse error"},
    {CLIENT "          headers: {a: b, A: c}\n",
     AT_CLIENT "headers.A: ", "header name parse error"},
    {CLIENT "          headers: {a: [b]}\n", AT_CLIENT "headers.a: ", "allowed: text"},
    {CLIENT "          origin: 'https://'\n", AT_CLIENT "origin: ", "allowed: a URI"},
    {CLIENT "          origin: 'a b'\n", AT_CLIENT "origin: ", "found `a b`"},
    {CLIENT "          proxy: yes\n", AT_CLIENT "proxy: ", "allowed: a mapping"},
    {CLIENT "          connect_timeout: 1.5s\n", AT_CLIENT "connect_timeout: ", "found "},
};

void check(const BadFile& file) {
  CAPTURE(file.text);
  const std::string error = error_of(file.text);
  CHECK(contains(error, std::string("node.yaml") + file.where));
  CHECK(contains(error, file.phrase));
  CHECK(error.find('\n') == std::string::npos);
}

}  // namespace

TEST_CASE("Settings: an error in the document names its line", "[settings]") {
  for (const BadFile& file : kDocuments) check(file);
}

TEST_CASE("Settings: an error at the root names line, key and choice", "[settings]") {
  for (const BadFile& file : kRoots) check(file);
}

TEST_CASE("Settings: an error in a service names line, key and choice", "[settings]") {
  for (const BadFile& file : kServices) check(file);
}

TEST_CASE("Settings: an error in an endpoint names line, key and choice", "[settings]") {
  for (const BadFile& file : kEndpoints) check(file);
}

TEST_CASE("Settings: an error in an entry names line, key and choice", "[settings]") {
  for (const BadFile& file : kEntries) check(file);
}

TEST_CASE("Settings: an id's parts have their lengths", "[settings]") {
  const auto error = [](std::size_t kind, std::size_t name) {
    // YAML's plain form of a key ends at 1024 characters.
    std::string text = "services:\n  ? ";
    text.append(kind, 'k').append("/").append(name, 'a').append("\n  : {}\n");
    return error_of(text);
  };
  CHECK(contains(error(64, 1), "kind contains invalid character(s)"));
  CHECK(contains(error(4, 1025), "name part is too long: 1025"));
  CHECK(contains(error(63, 1024), "no server or client configured"));
}

TEST_CASE("Settings: the place of an error can be asked for", "[settings]") {
  try {
    (void)load("runtime:\n  n_cores: x\n");
    FAIL("it loaded");
  } catch (const ConfigError& error) {
    CHECK(error.place().key == "runtime.n_cores");
    CHECK(error.place().line == 2);
  }
}
