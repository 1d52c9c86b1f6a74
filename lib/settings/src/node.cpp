#include "node.hpp"

#include <algorithm>
#include <utility>

namespace slim::settings {

Node Node::scalar(std::string text, std::size_t line) {
  Node out;
  out.kind = Kind::scalar;
  out.text = std::move(text);
  out.line = line;
  return out;
}

Node Node::mapping(std::size_t line) {
  Node out;
  out.kind = Kind::mapping;
  out.line = line;
  return out;
}

Node Node::sequence(std::vector<Node> items, std::size_t line) {
  Node out;
  out.kind = Kind::sequence;
  out.items = std::move(items);
  out.line = line;
  return out;
}

const Entry* Node::entry(std::string_view key) const noexcept {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [key](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

Entry* Node::entry(std::string_view key) noexcept {
  return const_cast<Entry*>(std::as_const(*this).entry(key));
}

const Node* Node::find(std::string_view key) const noexcept {
  const Entry* found = entry(key);
  return found && !found->value.is(Kind::null) ? &found->value : nullptr;
}

Node* Node::find(std::string_view key) noexcept {
  return const_cast<Node*>(std::as_const(*this).find(key));
}

std::string_view Node::text_of(std::string_view key) const noexcept {
  const Node* found = find(key);
  return found && found->is(Kind::scalar) ? std::string_view(found->text) : std::string_view();
}

void Node::add(std::string key, Node value) {
  const std::size_t at = value.line;
  entries.push_back({std::move(key), at, std::move(value)});
}

void Node::erase(std::string_view key) {
  std::erase_if(entries, [key](const Entry& entry) { return entry.key == key; });
}

std::string_view describe(Node::Kind kind) noexcept {
  constexpr std::string_view kNames[] = {"null", "a single value", "a list", "a mapping"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace slim::settings
