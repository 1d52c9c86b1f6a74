#include <slim/transport/endpoint.hpp>

#include "support/catch.hpp"

using namespace slim::transport;

namespace {

std::string listen(const std::string& text, bool tls = false) {
  const auto e = parse_listen_endpoint(text, tls);
  if (!e) return "error: " + e.error();
  return (e->kind == EndpointKind::unix_socket ? "unix " : "tcp ") + e->host + ' ' +
         std::to_string(e->port);
}

std::string dial(const std::string& text, bool tls = false) {
  const auto e = parse_dial_endpoint(text, tls);
  if (!e) return "error: " + e.error();
  return (e->kind == EndpointKind::unix_socket ? "unix "
          : e->tls                             ? "tls "
                                               : "tcp ") +
         e->host + ' ' + std::to_string(e->port);
}

}  // namespace

// docs/protocol/config.md 6.1
TEST_CASE("Endpoints: where a listener may listen", "[transport]") {
  CHECK(listen("0.0.0.0:46357") == "tcp 0.0.0.0 46357");
  CHECK(listen("[::]:1") == "tcp :: 1");
  CHECK(listen("localhost:80") == "tcp localhost 80");
  CHECK(listen("http://127.0.0.1:5") == "tcp 127.0.0.1 5");
  CHECK(listen("unix:///tmp/x.sock?a#b") == "unix /tmp/x.sock 0");
  CHECK(listen("unix://tmp/x") == "unix tmp/x 0");
  CHECK(listen("") == "error: missing grpc endpoint");
  CHECK(listen("ftp://x:1") == "error: invalid endpoint scheme `ftp`");
  CHECK(listen("https://x:1") == "error: endpoint has scheme https but tls.insecure is true");
  CHECK(listen("unix:///x", true) == "error: unix domain sockets require tls.insecure=true");
  for (const char* bad : {"host", "host:", ":1", "1.2.3.4:65536", "1.2.3.4:x", "::1:5", "[::1:5",
                          "[::1]5", "0.0.0.0:${env:PORT}"}) {
    INFO(bad);
    CHECK(listen(bad).starts_with("error: endpoint parse error"));
  }
}

// docs/protocol/config.md 7.1
TEST_CASE("Endpoints: where a dialler may dial, and when it uses TLS", "[transport]") {
  CHECK(dial("http://h:1", true) == "tcp h 1");
  CHECK(dial("http://h") == "tcp h 80");
  CHECK(dial("https://h", true) == "tls h 443");
  CHECK(dial("https://h:7/path", true) == "tls h 7");
  CHECK(dial("h:7", true) == "tls h 7");
  CHECK(dial("h:7", false) == "tcp h 7");
  CHECK(dial("https://[::1]:7", true) == "tls ::1 7");
  CHECK(dial("unix://tmp/x") == "unix /tmp/x 0");
  CHECK(dial("unix:///tmp/x", true) == "error: unix domain sockets require tls.insecure=true");
  CHECK(dial("https://h:1", false) == "error: endpoint has scheme https but tls.insecure is true");
  CHECK(dial("gopher://h:1") == "error: invalid endpoint scheme `gopher`");
  CHECK(dial("h", false).starts_with("error: endpoint parse error"));
}
