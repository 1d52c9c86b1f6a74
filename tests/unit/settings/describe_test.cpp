#include <slim/settings/describe.hpp>
#include <slim/settings/load.hpp>

#include "support/catch.hpp"

using namespace slim;

TEST_CASE("a configuration is described with its defaults and without its secrets", "[settings]") {
  const auto configuration = settings::load_text(R"(
services:
  slim/0:
    node_id: one
    dataplane:
      servers:
        - endpoint: "127.0.0.1:1"
          tls: {insecure: true}
      clients:
        - endpoint: "https://127.0.0.1:2"
          headers: {x-api-key: hunter2}
          tls:
            source: {type: pem, cert: hunter3, key: hunter4}
            ca_source: {type: file, path: /etc/ca.pem}
)",
                                                 "test");
  const std::string text = settings::describe(configuration);
  CHECK(text.find("hunter") == std::string::npos);
  for (const char* expected :
       {"\"node_id\": \"one\"", "\"x-api-key\": \"(hidden)\"", "\"inline\": \"(hidden)\"",
        "/etc/ca.pem", "\"queue_bytes\": 8388608", "\"require_header_mac\": true",
        "\"max_connections\": 10000"}) {
    INFO(expected);
    CHECK(text.find(expected) != std::string::npos);
  }
}
