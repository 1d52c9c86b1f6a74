#include "unavailable.hpp"

#include <string>
#include <vector>

#include "auth_methods.hpp"

namespace slim::settings {
namespace {

std::string missing(std::string_view feature) {
  return std::string(feature) + " is not available in this version of slimd";
}

std::string auth_types() {
  return "a mapping with type, one of " + list_of({kAuthMethods.begin(), kAuthMethods.end()});
}

}  // namespace

void refuse_unavailable(const Value& value, std::string_view feature) {
  value.fail(missing(feature));
}

void note_unavailable(const Value& value, std::string_view feature) {
  value.note(Notice::Kind::not_available, missing(feature));
}

void refuse_auth(Section& entry) {
  const auto auth = entry.take("auth");
  if (!auth) return;
  if (!auth->is(Node::Kind::mapping)) auth->fail_kind(auth_types());
  Section section(*auth);
  const auto type = section.take("type");
  if (!type) auth->fail(std::string(kDecodeError) + "found no type; allowed: " + auth_types());
  const std::string method = type->text();
  if (!is_auth_method(method)) type->fail_form(auth_types());
  if (method != "none") refuse_unavailable(*type, "authentication by " + method);
  section.finish(Section::Unknown::notice);
}

void refuse_proxy(Section& entry) {
  const auto proxy = entry.take("proxy");
  if (!proxy) return;
  Section section(*proxy);
  if (const auto url = section.take("url"); url && !url->is(Node::Kind::null)) {
    if (!url->text().empty()) refuse_unavailable(*url, "connecting through a proxy");
  }
  for (const std::string_view key : {"username", "password"}) (void)section.text(key);
  for (const std::string_view key : {"headers", "tls"}) {
    if (const auto mapping = section.take(key)) (void)Section(*mapping);
  }
  section.finish(Section::Unknown::notice);
}

void refuse_websocket(const Value& endpoint) {
  const std::string& text = endpoint.node().text;
  if (text.starts_with("ws://") || text.starts_with("wss://")) {
    refuse_unavailable(endpoint, "WebSocket (endpoints with ws:// or wss://)");
  }
}

}  // namespace slim::settings
