#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "loading.hpp"
#include "support/catch.hpp"

using namespace slim::settings;
using namespace slim::settings::test;

namespace {

/// A file that goes with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    std::string name = (std::filesystem::temp_directory_path() / "slim-settings-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    REQUIRE(fd >= 0);
    ::close(fd);
    path_ = name;
    std::ofstream(path_, std::ios::binary) << content;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }
  [[nodiscard]] std::string reference() const { return "${file:" + path_ + "}"; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string node_id(const std::string& quoted) {
  return with_service("node_id: \"" + quoted + "\"");
}

const Variables kVariables{{"A", "value"}, {"EMPTY", ""}, {"REF", "${env:A}"}, {"BAD", "\xff"}};

}  // namespace

TEST_CASE("Settings: a reference is replaced only where it is the whole value", "[settings]") {
  const struct {
    const char* text;
    const char* expected;
  } kTable[] = {
      {"${env:A}", "value"},
      {"${env:EMPTY}", ""},
      {"${env:REF}", "${env:A}"},  // a result is not looked at again
      {"x${env:A}", "x${env:A}"},
      {"${env:A}x", "${env:A}x"},
      {"0.0.0.0:${env:A}", "0.0.0.0:${env:A}"},
      {"$env:A", "$env:A"},
      {"{env:A}", "{env:A}"},
      {"${", "${"},
      {"$}", "$}"},
      {" ${env:A}", " ${env:A}"},
  };
  for (const auto& row : kTable) {
    CAPTURE(row.text);
    CHECK(load(node_id(row.text), kVariables).services[0].node_id == row.expected);
  }
}

TEST_CASE("Settings: a reference that cannot be resolved is an error", "[settings]") {
  const struct {
    const char* text;
    const char* phrase;
  } kTable[] = {
      {"${env:UNSET}", "environment variable error: UNSET is not set"},
      {"${env:}", "environment variable error"},
      {"${env:BAD}", "environment variable error: BAD is not UTF-8"},
      {"${env:A}${env:A}", "environment variable error: A}${env:A is not set"},
      {"${file:/nonexistent/x}", "file error: /nonexistent/x"},
      {"${file:/}", "file error: /: not a regular file"},
      {"${file:/dev/zero}", "file error: /dev/zero: not a regular file"},
      {"${vault:A}", "not found"},
      {"${ENV:A}", "not found"},
      {"${A}", "not found"},
      {"${}", "not found"},
  };
  for (const auto& row : kTable) {
    CAPTURE(row.text);
    const std::string error = error_of(node_id(row.text), options(kVariables));
    CHECK(contains(error, "node.yaml:1: services.slim/0.node_id: config provider error: "));
    CHECK(contains(error, row.phrase));
  }
}

TEST_CASE("Settings: a file's content is taken as it is", "[settings]") {
  const TemporaryFile file("router-7\n");
  CHECK(load(node_id(file.reference())).services[0].node_id == "router-7\n");
}

TEST_CASE("Settings: of a password's file one newline at the end goes", "[settings]") {
  for (const char* key : {"password", "secret", "client_secret", "refresh_token"}) {
    CAPTURE(key);
    const TemporaryFile file("hush\n");
    const Client c = client("headers: {" + std::string(key) + ": \"" + file.reference() + "\"}");
    CHECK(c.headers.at(0).second == "hush");
  }
  const TemporaryFile two("hush\n\n");
  CHECK(contains(error_of(with_client("headers: {password: \"" + two.reference() + "\"}")),
                 "header value parse error"));
}

TEST_CASE("Settings: a file that is no text cannot be substituted", "[settings]") {
  for (const std::string& content : {std::string("\xff\xfe"), std::string("a\0b", 3)}) {
    const TemporaryFile file(content);
    CHECK(contains(error_of(node_id(file.reference())), "file error: " + file.path()));
  }
}

TEST_CASE("Settings: a pipe is refused, not waited for", "[settings]") {
  const TemporaryFile place("");
  const std::string pipe = place.path() + ".pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(contains(error_of(node_id("${file:" + pipe + "}")), "not a regular file"));
  CHECK_THROWS_AS(load_file(pipe), ConfigError);
  std::filesystem::remove(pipe);
}

TEST_CASE("Settings: keys are never resolved", "[settings]") {
  const Client c = client("headers: {\"a\": \"${env:A}x\"}");
  CHECK(c.headers.at(0).second == "${env:A}x");
  CHECK(contains(error_of(with_root("runtime: {\"${env:A}\": 1}"), options(kVariables)),
                 "runtime.${env:A}"));
}

TEST_CASE("Settings: a reference inside a longer text is noted", "[settings]") {
  const Configuration c = load(node_id("x-${env:A}"), kVariables);
  CHECK(notices(c, Notice::Kind::dead_key, "services.slim/0.node_id") == 1);
  CHECK(load(node_id("${env:A}"), kVariables).notices.empty());
}

TEST_CASE("Settings: a number may come from a variable, but not in strict mode", "[settings]") {
  const std::string text = with_root("runtime: {n_cores: \"${env:N}\"}");
  CHECK(load(text, {{"N", "3"}}).runtime.n_cores == 3);
  CHECK(contains(error_of(text, options({{"N", "3"}}, true)), "runtime.n_cores"));
}

TEST_CASE("Settings: the node's variable is known by both of its names", "[settings]") {
  for (const auto& [asked, set] :
       {std::pair{"SLIM_SVC_ID", "SLIM_NODE_ID"}, std::pair{"SLIM_NODE_ID", "SLIM_SVC_ID"}}) {
    CAPTURE(asked);
    const std::string text = node_id("${env:" + std::string(asked) + "}");
    const Configuration c = load(text, {{set, "pod-1"}});
    CHECK(c.services[0].node_id == "pod-1");
    CHECK(c.notices.size() == 1);
    CHECK(load(text, {{asked, "own"}, {set, "pod-1"}}).services[0].node_id == "own");
    CHECK(contains(error_of(text, options({{set, "pod-1"}}, true)), "environment variable error"));
  }
}

TEST_CASE("Settings: without a function variables come from the process", "[settings]") {
  REQUIRE(::setenv("SLIM_SETTINGS_TEST", "from-process", 1) == 0);
  const Configuration c = load_text(node_id("${env:SLIM_SETTINGS_TEST}"), "node.yaml");
  CHECK(c.services[0].node_id == "from-process");
}
