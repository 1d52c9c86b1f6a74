/// A YAML document as a tree of our own: every node knows its line, mappings keep their order and
/// have no key twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slim::settings {

struct Entry;

/// Thread: immutable once loading is over; a value that owns what is below it.
struct Node {
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };

  Kind kind = Kind::null;
  std::size_t line = 0;
  /// A tag of the file's own, with its `!`; YAML's standard tags are dropped.
  std::string tag;
  /// scalar: its text, and whether it stood without quotes, so that it may be a number or boolean.
  std::string text;
  bool plain = false;
  /// scalar: the `${…}` that the text came from. Such text is never shown.
  std::string reference;
  std::vector<Node> items;
  std::vector<Entry> entries;

  [[nodiscard]] static Node scalar(std::string text, std::size_t line);
  [[nodiscard]] static Node mapping(std::size_t line);
  [[nodiscard]] static Node sequence(std::vector<Node> items, std::size_t line);

  [[nodiscard]] bool is(Kind k) const noexcept { return kind == k; }
  /// The entry of a mapping; null without one, and for what is no mapping.
  [[nodiscard]] const Entry* entry(std::string_view key) const noexcept;
  [[nodiscard]] Entry* entry(std::string_view key) noexcept;
  /// Its value, if that is not null.
  [[nodiscard]] const Node* find(std::string_view key) const noexcept;
  [[nodiscard]] Node* find(std::string_view key) noexcept;
  /// The text of a scalar under `key`; empty without one.
  [[nodiscard]] std::string_view text_of(std::string_view key) const noexcept;
  void add(std::string key, Node value);
  void erase(std::string_view key);
};

struct Entry {
  std::string key;
  std::size_t line = 0;
  Node value;
};

/// What a node is, for messages: `a list`.
[[nodiscard]] std::string_view describe(Node::Kind kind) noexcept;

}  // namespace slim::settings
