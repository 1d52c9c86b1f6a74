#include "substitute.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <slim/base/bytes.hpp>
#include <slim/base/utf8.hpp>

#include "read_file.hpp"

namespace slim::settings {
namespace {

// Editors end a file with a newline that belongs to no password.
constexpr std::array<std::string_view, 4> kTrimmedKeys{"password", "secret", "client_secret",
                                                       "refresh_token"};

// The name of a node's variable changed with chart 2.0; files and charts of both eras meet.
constexpr std::string_view kOldNodeVariable = "SLIM_SVC_ID";
constexpr std::string_view kNodeVariable = "SLIM_NODE_ID";

bool is_reference(std::string_view text) {
  return text.substr(0, 2) == "${" && text.size() >= 3 && text.back() == '}';
}

bool contains_reference(std::string_view text) {
  return text.find("${env:") != text.npos || text.find("${file:") != text.npos;
}

void trim_newline(std::string& text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
}

class Substitution {
 public:
  Substitution(const Environment& environment, Report& report)
      : environment_(environment), report_(report) {}

  void walk(Node& node, const std::string& path, std::string_view key) {
    if (node.is(Node::Kind::scalar)) resolve(node, path, key);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      walk(node.items[i], at_index(path, i), key);
    }
    for (Entry& entry : node.entries) walk(entry.value, join(path, entry.key), entry.key);
  }

 private:
  void resolve(Node& node, const std::string& path, std::string_view key) {
    const Place place{path, node.line};
    if (!is_reference(node.text)) {
      if (contains_reference(node.text)) {
        report_.note(Notice::Kind::dead_key, place,
                     "a reference inside a longer text is not replaced, only one that is the "
                     "whole value");
      }
      return;
    }
    // Neither argument nor value goes into these messages: it may be a password of odd characters.
    const std::string inner = node.text.substr(2, node.text.size() - 3);
    const std::size_t colon = inner.find(':');
    const std::string provider = inner.substr(0, colon);
    if (colon == std::string::npos || (provider != "env" && provider != "file")) {
      fail(place, "not found: no such provider; allowed: ${env:NAME}, ${file:PATH}");
    }
    const std::string argument = inner.substr(colon + 1);
    node.reference = node.text;
    node.plain = false;
    node.text = provider == "env" ? variable(argument, place) : file(argument, place);
    const bool trims =
        std::find(kTrimmedKeys.begin(), kTrimmedKeys.end(), key) != kTrimmedKeys.end();
    if (provider == "file" && trims) trim_newline(node.text);
  }

  std::string variable(const std::string& name, const Place& place) {
    auto value = environment_(name);
    if (!value && !report_.strict()) value = renamed_variable(name, place);
    if (!value) fail(place, "environment variable error: " + printable(name) + " is not set");
    if (!base::is_utf8(base::as_bytes(*value)) || value->find('\0') != std::string::npos) {
      fail(place, "environment variable error: " + printable(name) + " is not UTF-8 text");
    }
    return std::move(*value);
  }

  std::optional<std::string> renamed_variable(const std::string& name, const Place& place) {
    if (name != kOldNodeVariable && name != kNodeVariable) return std::nullopt;
    const std::string other(name == kNodeVariable ? kOldNodeVariable : kNodeVariable);
    auto value = environment_(other);
    if (value) {
      // As loud as a key without effect: the file and its surroundings are of two eras.
      report_.note(Notice::Kind::dead_key, place, name + " is not set: " + other + " is used");
    }
    return value;
  }

  std::string file(const std::string& path, const Place& place) {
    auto text = read_text_file(path);
    if (!text) fail(place, "file error: " + printable(path) + ": " + text.error());
    if (text->find('\0') != std::string::npos) {
      fail(place, "file error: " + printable(path) + ": a NUL character in it");
    }
    return std::move(*text);
  }

  [[noreturn]] void fail(const Place& place, const std::string& text) const {
    report_.fail(place, "config provider error: " + text);
  }

  const Environment& environment_;
  Report& report_;
};

}  // namespace

void substitute(Node& root, const Environment& environment, Report& report) {
  Substitution(environment, report).walk(root, "", "");
}

}  // namespace slim::settings
