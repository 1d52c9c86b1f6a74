#include "loading.hpp"
#include "support/catch.hpp"

using namespace slim::settings;
using namespace slim::settings::test;

namespace {

std::string times(std::size_t n, const std::string& part) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += part;
  return out;
}

const std::string kGood =
    "services:\n  slim/0:\n    dataplane:\n      servers:\n        - endpoint: h:1\n"
    "          tls:\n            insecure: true\n";

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

}  // namespace

TEST_CASE("Settings: CRLF, a byte order mark and document marks are fine", "[settings]") {
  CHECK(load(kGood).services[0].servers.size() == 1);
  CHECK(load(with_crlf(kGood)).services[0].servers.size() == 1);
  CHECK(load("\xef\xbb\xbf" + kGood).services[0].servers.size() == 1);
  CHECK(load("%YAML 1.1\n---\n" + kGood + "...\n").services[0].servers.size() == 1);
  CHECK(contains(error_of(with_crlf(kGood + "runtime: {n_cores: x}\n")), "node.yaml:8: "));
}

TEST_CASE("Settings: a key twice in a mapping is an error wherever it is", "[settings]") {
  CHECK(contains(error_of(kGood + "runtime: {}\nruntime: {}\n"),
                 "node.yaml:9: runtime: yaml parse error: duplicate key"));
  CHECK(contains(error_of(kGood + "runtime:\n  n_cores: 1\n  thread_name: x\n  n_cores: 2\n"),
                 "node.yaml:11: runtime.n_cores: yaml parse error: duplicate key"));
  CHECK(contains(error_of(with_server("metadata: {a: [1, {b: 1, b: 2}]}")),
                 "servers[0].metadata.a[1].b: yaml parse error: duplicate key"));
  CHECK(contains(error_of("services: {slim/0: {}, \"slim/0\": {}}"), "duplicate key"));
}

TEST_CASE("Settings: aliases are copies", "[settings]") {
  const Configuration c = load(
      "services:\n  slim/0:\n    dataplane:\n      servers:\n"
      "        - endpoint: h:1\n          tls: &plain {insecure: true}\n"
      "        - endpoint: h:2\n          tls: *plain\n");
  CHECK(c.services[0].servers.at(1).tls.insecure);
}

TEST_CASE("Settings: aliases of aliases end in an error, not in memory", "[settings]") {
  std::string text = "services: {}\nruntime:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "  a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before +
            times(9, ", " + before) + "]\n";
  }
  CHECK(contains(error_of(text), "more than a configuration can need"));
  const std::string big(1024 * 1024, 'x');
  CHECK(contains(error_of("a: &a " + big + "\nb: [*a" + times(1000, ", *a") + "]\n"),
                 "more than a configuration can need"));
  CHECK(contains(error_of("a: &a [*a]\n"), "an alias inside what it stands for"));
  CHECK(contains(error_of("a: &a {b: *a}\n"), "an alias inside what it stands for"));
}

TEST_CASE("Settings: deep nesting ends in an error, not on the stack", "[settings]") {
  for (const std::string& text :
       {std::string(200'000, '['), std::string(200'000, '{'), times(100'000, "- "),
        times(100'000, "? "), times(50'000, "{a: "), times(50'000, "[a: "),
        "a: " + times(1000, "["), times(65, "[") + times(65, "]")}) {
    const std::string error = error_of(text);
    CHECK(contains(error, "yaml parse error: "));
  }
  CHECK(contains(error_of("a: " + times(64, "[") + times(64, "]")), "nested too deeply"));
  CHECK_FALSE(contains(error_of("a: " + times(63, "[") + times(63, "]")), "nested too deeply"));
}

TEST_CASE("Settings: more nodes than a configuration can need are an error", "[settings]") {
  CHECK(contains(error_of("services: [" + times(100'001, "x,") + "]"),
                 "more than a configuration can need"));
}

TEST_CASE("Settings: text that is no YAML text is refused", "[settings]") {
  const std::string nul("services: {\0}\n", 14);
  CHECK(contains(error_of(nul), "node.yaml:1: yaml parse error: a control character"));
  CHECK(
      contains(error_of("a: 1\nb: \x07\n"), "node.yaml:2: yaml parse error: a control character"));
  CHECK(contains(error_of("a: \"x\\0y\"\n"), "a NUL character in a value"));
  CHECK(contains(error_of("a: \xff\n"), "io error"));
  CHECK(contains(error_of(std::string("\xff\xfe"
                                      "a\0:\0",
                                      6)),
                 "io error"));
}

TEST_CASE("Settings: any bytes end in a configuration or a ConfigError", "[settings]") {
  // Every prefix of a good file, and every file with one byte changed.
  const std::string text =
      kGood +
      "runtime: &r {n_cores: 1, drain_timeout: \"1s\"}\ntracing:\n  filters: ['a', \"b\\t\"]\n";
  for (std::size_t i = 0; i <= text.size(); ++i) (void)error_of(text.substr(0, i));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'\0', '\t', '\n', '"', '\'', '&', '*', '!', '|', '>',    '%',   '@',
                         '[',  ']',  '{',  '}', ',',  ':', '-', '?', '#', '\x7f', '\xc3'}) {
      std::string changed = text;
      changed[i] = c;
      (void)error_of(changed);
    }
  }
  SUCCEED("nothing else was thrown");
}
