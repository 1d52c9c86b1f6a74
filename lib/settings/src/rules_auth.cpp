// N13: the shape of `auth`, which had three others until 0.6.
#include <utility>

#include "auth_methods.hpp"
#include "rules.hpp"

namespace slim::settings {
namespace {

/// {type: method} and the fields of `fields`.
Node tagged(std::string_view method, Node fields) {
  Node out = Node::mapping(fields.line);
  out.add("type", Node::scalar(std::string(method), fields.line));
  for (Entry& field : fields.entries) out.entries.push_back(std::move(field));
  return out;
}

std::vector<std::string> methods_in(const Node& auth) {
  std::vector<std::string> out;
  for (const Entry& entry : auth.entries) {
    if (is_auth_method(entry.key)) out.push_back(entry.key);
  }
  return out;
}

void replace(const Spot& entry, std::string_view method, Node fields) {
  entry.note(
      Notice::Kind::rewritten, "auth",
      "a spelling of releases up to 0.6, read as auth: {type: " + std::string(method) + ", ...}");
  *entry.node.find("auth") = tagged(method, std::move(fields));
}

/// `auth: !basic {…}`
void replace_tag(const Spot& entry, Node auth) {
  const std::string method = auth.tag.substr(1);
  if (!is_auth_method(method)) return;
  replace(entry, method, std::move(auth));
}

/// `auth: {basic: {…}}`
void replace_single_key(const Spot& entry, Node auth) {
  const std::vector<std::string> methods = methods_in(auth);
  if (methods.empty()) return;
  if (auth.find("type")) {
    entry.fail("auth", "found both type and " + list_of(methods) + "; allowed: type");
  }
  if (methods.size() > 1) {
    entry.fail("auth", "found the methods " + list_of(methods) + "; allowed: one of them");
  }
  if (auth.entries.size() > 1) return;
  replace(entry, methods.front(), std::move(auth.entries.front().value));
}

}  // namespace

void rewrite_auth(const Spot& entry) {
  const Node* const auth = entry.node.find("auth");
  if (!auth) return;
  if (!auth->tag.empty()) {
    replace_tag(entry, *auth);
  } else if (auth->is(Node::Kind::scalar)) {
    if (auth->text == "none") replace(entry, "none", Node::mapping(auth->line));
  } else {
    replace_single_key(entry, *auth);
  }
}

}  // namespace slim::settings
