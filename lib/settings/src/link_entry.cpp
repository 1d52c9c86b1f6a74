// What server and client entries share.
#include "decode.hpp"
#include "unavailable.hpp"

namespace slim::settings {
namespace {

constexpr std::string_view kParseError = "endpoint parse error";

/// The part of an endpoint's error that repeats nothing of the endpoint.
std::string without_quote(const std::string& error) {
  return error.substr(0, error.find_first_of("`:"));
}

std::string_view allowed_instead(std::string_view error) {
  if (error.starts_with(kParseError)) return "host:port, http(s)://host:port, unix:///path";
  if (error.starts_with("unix domain")) return "tls: {insecure: true}";
  if (error.starts_with("endpoint has scheme https")) return "http, or tls.insecure: false";
  if (error.starts_with("socket path")) return "107 bytes";
  return "the schemes http, https, unix";
}

}  // namespace

Value take_endpoint(Section& entry) {
  const auto found = entry.take("endpoint");
  if (!found || found->is(Node::Kind::null) || found->text().empty()) {
    const Value& at = found ? *found : entry.value();
    at.fail(std::string(kEntryError) + "missing grpc endpoint; allowed: endpoint: an address");
  }
  refuse_websocket(*found);
  return *found;
}

transport::Endpoint parsed_endpoint(const Value& value,
                                    base::Result<transport::Endpoint, std::string> parsed) {
  if (parsed) return std::move(*parsed);
  const std::string error = value.may_be_shown() ? parsed.error() : without_quote(parsed.error());
  const bool is_address = error.starts_with(kParseError);
  value.fail((is_address ? "datapath error: " : std::string(kEntryError)) + error +
             "; allowed: " + std::string(allowed_instead(error)));
}

std::string shown_endpoint(const Value& entry) {
  const Node* const node = entry.node().find("endpoint");
  if (!node) return {};
  const Value endpoint(entry.report(), *node, join(entry.path(), "endpoint"));
  return endpoint.may_be_shown() ? printable(node->text) : endpoint.shown();
}

void read_shared_keys(Section& entry, link::LinkOptions& link) {
  refuse_auth(entry);
  if (const auto metadata = entry.take("metadata")) (void)Section(*metadata);
  entry.read("require_header_mac", link.require_header_mac);
}

}  // namespace slim::settings
