#include "section.hpp"

#include <algorithm>

namespace slim::settings {

Section::Section(const Value& mapping) : value_(mapping) {
  if (!mapping.is(Node::Kind::mapping)) mapping.fail_kind("a mapping");
}

std::optional<Value> Section::take(std::string_view key) {
  known_.emplace_back(key);
  const Entry* found = value_.node().entry(key);
  if (!found) return std::nullopt;
  Value out(value_.report(), found->value, join(value_.path(), key));
  if (out.is(Node::Kind::null) && !report().strict()) {
    out.note(Notice::Kind::rewritten, "null is read as if the key were absent");
    return std::nullopt;
  }
  return out;
}

std::optional<std::string> Section::text(std::string_view key) {
  const auto found = take(key);
  if (!found || found->is(Node::Kind::null)) return std::nullopt;
  return found->text();
}

void Section::read(std::string_view key, std::string& into) {
  if (auto found = text(key)) into = std::move(*found);
}

void Section::read(std::string_view key, bool& into) {
  if (const auto found = take(key)) into = found->boolean();
}

void Section::read(std::string_view key, base::Duration& into, DurationRange range) {
  if (const auto found = take(key)) into = found->duration(range);
}

void Section::ignore(std::string_view key) {
  if (const auto found = take(key)) found->note(Notice::Kind::dead_key, "this key has no effect");
}

void Section::finish(Unknown unknown) const {
  for (const Entry& entry : value_.node().entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    const Place place{join(value_.path(), entry.key), entry.line};
    if (unknown == Unknown::error || report().strict()) {
      report().fail(
          place, std::string(kDecodeError) + "found an unknown key; allowed: " + list_of(known_));
    }
    report().note(Notice::Kind::unknown_key, place, "this key is unknown and has no effect");
  }
}

}  // namespace slim::settings
