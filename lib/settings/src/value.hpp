/// A node with the path that leads to it, read as the type that is needed there.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node.hpp"
#include "report.hpp"
#include "scalar.hpp"

namespace slim::settings {

/// Both ends belong to it.
struct NumberRange {
  std::uint64_t min = 0;
  std::uint64_t max = std::numeric_limits<std::uint32_t>::max();
};
struct DurationRange {
  base::Duration min{0};
  base::Duration max = kLongestDuration;
};

/// Every reader throws ConfigError for what does not fit, naming what was found, unless that may be
/// a secret, and what is allowed. Lifetime: within that of the tree and the report.
class Value {
 public:
  Value(Report& report, const Node& node, std::string path)
      : report_(&report), node_(&node), path_(std::move(path)) {}

  [[nodiscard]] const Node& node() const noexcept { return *node_; }
  [[nodiscard]] Report& report() const noexcept { return *report_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] Place place() const { return {path_, node_->line}; }
  [[nodiscard]] bool is(Node::Kind kind) const noexcept { return node_->is(kind); }

  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::uint64_t number(NumberRange range) const;
  /// A number of bytes, or text with a unit.
  [[nodiscard]] std::uint64_t bytes(NumberRange range) const;
  /// Text, or {secs, nanos}.
  [[nodiscard]] base::Duration duration(DurationRange range = {}) const;
  [[nodiscard]] std::vector<Value> list() const;
  /// One of some words.
  template <class T>
  [[nodiscard]] T choice(std::initializer_list<std::pair<std::string_view, T>> words) const;

  /// What stands here, for a message.
  [[nodiscard]] std::string shown() const;
  /// Whether the text may go into a message.
  [[nodiscard]] bool may_be_shown() const;
  [[noreturn]] void fail(const std::string& text) const { report_->fail(place(), text); }
  /// Not of the form that is needed.
  [[noreturn]] void fail_form(std::string_view allowed) const;
  /// Not a mapping or list; a single value in its place is not shown.
  [[noreturn]] void fail_kind(std::string_view allowed) const;
  void note(Notice::Kind kind, std::string text) const {
    report_->note(kind, place(), std::move(text));
  }

 private:
  [[nodiscard]] const std::string& scalar(std::string_view allowed) const;
  [[nodiscard]] base::Duration duration_parts() const;
  [[nodiscard]] base::Duration duration_text() const;

  Report* report_;
  const Node* node_;
  std::string path_;
};

template <class T>
T Value::choice(std::initializer_list<std::pair<std::string_view, T>> words) const {
  std::vector<std::string> allowed;
  for (const auto& [word, meaning] : words) {
    if (is(Node::Kind::scalar) && node_->text == word) return meaning;
    allowed.emplace_back(word);
  }
  fail_form(list_of(allowed));
}

}  // namespace slim::settings
