#include <filesystem>
#include <fstream>

#include "loading.hpp"
#include "support/catch.hpp"

using namespace slim::settings;
using namespace slim::settings::test;

namespace {

// The canary: it stands wherever a secret may, and nothing that people read may contain it.
const std::string kCanary = "canary4711";

Variables secrets() { return {{"SECRET", kCanary}, {"URL", "bogus://" + kCanary}}; }

/// Everything that a load says.
std::string words_of(const std::string& text) {
  std::string out;
  for (const bool strict : {false, true}) {
    try {
      const Configuration c = load_text(text, "node.yaml", options(secrets(), strict));
      for (const Notice& notice : c.notices) out += notice.place.key + ": " + notice.text + '\n';
    } catch (const ConfigError& error) {
      out += std::string(error.what()) + '\n' + error.place().key + '\n';
    }
  }
  return out;
}

}  // namespace

TEST_CASE("Settings: no message repeats a secret", "[settings]") {
  const std::string c = kCanary;
  const std::string kTexts[] = {
      // What this version refuses, in every shape.
      with_server("auth: {type: basic, username: " + c + ", password: " + c + "}"),
      with_server("auth: {basic: {username: " + c + ", password: " + c + "}, jwt: {key: " + c +
                  "}}"),
      with_server("auth: !basic {password: " + c + "}"),
      with_server("auth: !" + c + " {}"),
      with_server("auth: " + c),
      with_server("auth: [" + c + "]"),
      with_client("auth: {type: bearer, token: " + c + "}"),
      with_client("auth: {type: jwt, key: {type: encoding, key: {data: " + c + "}}}"),
      with_client("proxy: {url: \"http://u:" + c + "@h:1\"}"),
      with_client("proxy: {url: [" + c + "]}"),
      with_client("proxy: {username: " + c + ", password: [" + c + "]}"),
      with_client("proxy: " + c),
      with_service("auth: {type: shared_secret, secret: " + c + "}"),
      "services: {slim/0: {dataplane: {token_provider: {shared_secret: " + c + "}}}}",
      // Keys in place.
      with_server("tls: {source: {type: pem, cert: " + c + "}}"),
      with_server("tls: {source: {type: \"\", key: " + c + "}}"),
      with_server("tls: {source: " + c + "}"),
      with_server("tls: {cert_pem: " + c + "}"),
      with_server("tls: {cert_pem: " + c + ", key_pem: [" + c + "], cert_file: " + c + "}"),
      with_server("tls: {cert_file: x, key_pem: " + c + "}"),
      with_client("tls: {ca_source: {type: pem, path: " + c + "}}"),
      with_client("tls: " + c),
      // References wherever a value is shown.
      with_root("runtime: {n_cores: \"${env:SECRET}\"}"),
      with_root("runtime: {drain_timeout: \"${env:SECRET}\"}"),
      with_root("tracing: {log_level: \"${env:SECRET}\", display_thread_ids: \"${env:SECRET}\"}"),
      with_root("tracing: {log_level: \"${env:SECRET}\"}"),
      with_root("slimd: {handoff_bytes: \"${env:SECRET}\"}"),
      with_service("default_gateway: \"${env:SECRET}\""),
      "services: \"${env:SECRET}\"",
      with_client("connection_type: \"${env:SECRET}\""),
      with_client("compression: \"${env:SECRET}\""),
      with_client("rate_limit: \"${env:SECRET}\""),
      with_client("transport: \"${env:SECRET}\""),
      with_client("backoff: {type: \"${env:SECRET}\"}"),
      with_client("origin: \"a ${env:SECRET}\""),
      with_client("origin: \"http://u:" + c + "@h\""),
      with_client("", "${env:SECRET}"),
      with_client("", "${env:URL}"),
      with_client("", "http://user:" + c + "@h:1"),
      with_client("", "http://user:" + c + "@h:x"),
      "services: {slim/0: {dataplane: {servers: [{endpoint: \"${env:SECRET}\", tls: {insecure: "
      "true}}]}}}",
      "services: {slim/0: {dataplane: {clients: [{endpoint: \"${env:SECRET}\"}, {endpoint: "
      "\"${env:SECRET}\"}]}}}",
      with_server("auth: {type: \"${env:SECRET}\"}"),
      with_server("tls: {source: {type: \"${env:SECRET}\"}}"),
      with_server("tls: {source: {type: pem, cert: a, key: b}, tls_version: \"${env:SECRET}\"}"),
      with_server("max_frame_size: \"${env:SECRET}\""),
      // Passwords of odd characters.
      with_service("auth: {secret: \"${" + c + "}\"}"),
      with_service("auth: {secret: \"${vault:" + c + "}\"}"),
      with_service("auth: {secret: \"x${env:" + c + "}\"}"),
      with_service("auth: {secret: *" + c + "}"),
      with_service("auth: {secret: !" + c + "}"),
      with_service("auth: {secret: \"\\q" + c + "\"}"),
      with_service("auth: {secret: @" + c + "}"),
      with_service("auth: {secret: a: " + c + "}"),
      // Headers carry tokens.
      with_client("headers: {authorization: [" + c + "]}"),
      with_client("headers: {authorization: \"" + c + "\\n\"}"),
      with_client("headers: {\"bad name\": " + c + "}"),
      with_client("headers: [" + c + "]"),
  };
  for (const std::string& text : kTexts) {
    CAPTURE(text);
    const std::string words = words_of(text);
    CHECK_FALSE(contains(words, c));
  }
}

TEST_CASE("Settings: a token that looks like a number is not repeated by strict mode",
          "[settings]") {
  const std::string header = strict_error_of(with_client("headers: {x-token: 4711001}"));
  CHECK(contains(header, "headers.x-token: "));
  CHECK_FALSE(contains(header, "4711001"));
  const std::string proxy = strict_error_of(with_client("proxy: {password: 4711001}"));
  CHECK(contains(proxy, "proxy.password: "));
  CHECK_FALSE(contains(proxy, "4711001"));
}

TEST_CASE("Settings: a variable that is refused is named in place of its value", "[settings]") {
  CHECK(contains(words_of(with_root("runtime: {n_cores: \"${env:SECRET}\"}")),
                 "found what `${env:SECRET}` stands for; allowed: a whole number"));
}

TEST_CASE("Settings: an endpoint from a variable is named in place of its value", "[settings]") {
  const std::string text =
      "services: {slim/0: {dataplane: {clients: [{endpoint: \"${env:E}\"}, {endpoint: "
      "\"${env:E}\"}]}}}";
  const std::string error = error_of(text, options({{"E", "http://" + kCanary + ":1"}}));
  CHECK(contains(error, "client already connected: "));
  CHECK(contains(error, "${env:E}"));
  CHECK_FALSE(contains(error, kCanary));
}
