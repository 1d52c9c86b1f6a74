#include <nlohmann/json.hpp>

#include <slim/settings/describe.hpp>
#include <slim/wire/generation.hpp>

namespace slim::settings {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kHidden = "(hidden)";

double seconds(base::Duration duration) { return std::chrono::duration<double>(duration).count(); }

Json describe(const PemItem& item) {
  switch (item.kind) {
    case PemItem::Kind::none:
      return nullptr;
    case PemItem::Kind::file:
      return {{"file", item.value}};
    case PemItem::Kind::inline_text:
      break;
  }
  return {{"inline", kHidden}};
}

const char* name_of(transport::TlsVersion version) {
  return version == transport::TlsVersion::tls1_2 ? "tls1.2" : "tls1.3";
}

/// `user:password@` is no part of an endpoint that works; what would be one is not shown.
std::string shown(const transport::Endpoint& endpoint) {
  const std::size_t at = endpoint.text.rfind('@');
  return at == std::string::npos || endpoint.kind == transport::EndpointKind::unix_socket
             ? endpoint.text
             : kHidden + endpoint.text.substr(at);
}

Json describe(const transport::Http2Options& o) {
  return {{"max_message_bytes", o.max_message},
          {"max_streams", o.max_streams},
          {"max_frame_bytes", o.max_frame_size},
          {"max_header_list_bytes", o.max_header_list},
          {"stream_window_bytes", o.stream_window},
          {"connection_window_bytes", o.connection_window},
          {"tls_timeout_seconds", seconds(o.tls_timeout)},
          {"preface_timeout_seconds", seconds(o.preface_timeout)},
          {"settings_timeout_seconds", seconds(o.settings_timeout)},
          {"idle_timeout_seconds", seconds(o.idle_timeout)},
          {"response_timeout_seconds", seconds(o.response_timeout)},
          {"linger_seconds", seconds(o.linger)},
          {"keepalive_interval_seconds", seconds(o.keepalive_interval)},
          {"keepalive_timeout_seconds", seconds(o.keepalive_timeout)},
          {"max_age_seconds", seconds(o.max_age)}};
}

Json describe(const link::LinkOptions& o) {
  return {{"require_header_mac", o.require_header_mac},
          {"generation", o.newest_only ? "2.x" : "any"},
          {"translate", o.translate},
          {"negotiation_timeout_seconds", seconds(o.negotiation_timeout)},
          {"queue_bytes", o.queue_bytes},
          {"multicast_stall_seconds", seconds(o.multicast_stall)},
          {"anycast_stall_seconds", seconds(o.anycast_stall)}};
}

Json describe(const link::Backoff& b) {
  Json out{{"type", b.kind == link::Backoff::Kind::fixed ? "fixed_interval" : "exponential"}};
  if (b.kind == link::Backoff::Kind::fixed) {
    out["interval_seconds"] = seconds(b.interval);
  } else {
    out["base"] = b.base;
    out["factor"] = b.factor;
    out["max_delay_seconds"] = seconds(b.max_delay);
    out["jitter"] = b.jitter;
  }
  out["max_attempts"] = b.max_attempts ? Json(*b.max_attempts) : Json(nullptr);
  return out;
}

Json describe(const Server& server) {
  Json tls{{"insecure", server.tls.insecure}};
  if (!server.tls.insecure) {
    tls["certificate"] = describe(server.tls.certificate);
    tls["key"] = describe(server.tls.key);
    tls["client_ca"] = describe(server.tls.client_ca);
    tls["version"] = name_of(server.tls.version);
  }
  return {{"endpoint", shown(server.endpoint)},
          {"tls", tls},
          {"link", describe(server.link)},
          {"http2", describe(server.http2)}};
}

Json describe(const std::vector<forward::NamePrefix>& prefixes) {
  Json out = Json::array();
  for (const forward::NamePrefix& prefix : prefixes) {
    std::string text;
    for (std::size_t i = 0; i < prefix.count; ++i) text += (i > 0 ? "/" : "") + prefix.parts[i];
    out.push_back(text);
  }
  return out;
}

Json describe(const Client& client) {
  Json tls{{"insecure", !client.endpoint.tls}};
  if (client.endpoint.tls) {
    tls["skip_verify"] = client.tls.skip_verify;
    tls["certificate"] = describe(client.tls.certificate);
    tls["key"] = describe(client.tls.key);
    tls["ca"] = describe(client.tls.ca);
    tls["system_roots"] = client.tls.system_roots;
    tls["version"] = name_of(client.tls.version);
  }
  Json headers = Json::object();
  for (const auto& [name, value] : client.headers) headers[name] = kHidden;
  Json out{{"endpoint", shown(client.endpoint)},
           {"type", forward::to_string(client.type)},
           {"link_id", client.link_id},
           {"tls", tls},
           {"headers", headers},
           {"connect_timeout_seconds", seconds(client.connect_timeout)},
           {"backoff", describe(client.backoff)},
           {"link", describe(client.link)},
           {"http2", describe(client.http2)}};
  if (client.uplink) {
    out["uplink"] = {{"advertise", describe(client.uplink->advertise)},
                     {"route", describe(client.uplink->route)}};
  }
  return out;
}

Json describe(const Service& service) {
  Json out{{"node_id", service.node_id},
           {"domain_name", service.domain_name},
           {"default_gateway", service.default_gateway},
           {"servers", Json::array()},
           {"clients", Json::array()}};
  for (const Server& server : service.servers) out["servers"].push_back(describe(server));
  for (const Client& client : service.clients) out["clients"].push_back(describe(client));
  if (service.peers) {
    out["peers"] = Json::array();
    for (const Peer& peer : *service.peers) {
      out["peers"].push_back({{"node_id", peer.node_id}, {"client", describe(peer.client)}});
    }
  }
  return out;
}

}  // namespace

std::string describe(const Configuration& configuration) {
  const Runtime& runtime = configuration.runtime;
  const NodeLimits& limits = configuration.limits;
  Json services = Json::object();
  for (const Service& service : configuration.services) services[service.id] = describe(service);
  const Json out{{"tracing",
                  {{"log_level", configuration.tracing.log_level},
                   {"directives", configuration.tracing.directives(nullptr)}}},
                 {"runtime",
                  {{"n_cores", runtime.n_cores},
                   {"thread_name", runtime.thread_name},
                   {"drain_timeout_seconds", seconds(runtime.drain_timeout)}}},
                 {"slimd",
                  {{"max_connections", limits.admission.connections},
                   {"max_handshakes", limits.admission.handshakes},
                   {"max_subscriptions", limits.table.subscriptions_total},
                   {"max_subscriptions_per_link", limits.table.subscriptions_per_link},
                   {"max_name_bytes", limits.max_name_bytes},
                   {"handoff_bytes", limits.handoff_bytes}}},
                 {"services", services}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace slim::settings
