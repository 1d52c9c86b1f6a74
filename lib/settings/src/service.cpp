#include "decode.hpp"
#include "unavailable.hpp"

namespace slim::settings {
namespace {

void refuse_empty(const Service& service, const Value& value) {
  if (!service.servers.empty() || !service.clients.empty()) return;
  value.fail(
      "no server or client configured; allowed: at least one entry in dataplane.servers or "
      "dataplane.clients");
}

/// Which address it takes; empty for a port that the kernel chooses.
std::string listener_key(const transport::Endpoint& endpoint) {
  const bool is_tcp = endpoint.kind == transport::EndpointKind::tcp;
  if (is_tcp && endpoint.port == 0) return {};
  return (is_tcp ? std::to_string(endpoint.port) + ' ' : "unix ") + endpoint.host;
}

void read_servers(const Value& list, std::vector<Server>& servers,
                  std::set<std::string>& listeners) {
  for (const Value& entry : list.list()) {
    servers.push_back(decode_server(entry));
    const std::string key = listener_key(servers.back().endpoint);
    if (key.empty() || listeners.insert(key).second) continue;
    entry.fail("server already running: " + shown_endpoint(entry) +
               "; allowed: an endpoint once a file");
  }
}

void read_clients(const Value& list, base::Duration negotiation_timeout,
                  std::vector<Client>& clients) {
  std::set<std::string> endpoints;
  for (const Value& entry : list.list()) {
    clients.push_back(decode_client(entry, negotiation_timeout));
    if (endpoints.insert(clients.back().endpoint.text).second) continue;
    entry.fail("client already connected: " + shown_endpoint(entry) +
               "; allowed: an endpoint once a service");
  }
}

/// Of links that this node dials: what its first server has.
base::Duration negotiation_timeout(const Service& service) {
  const link::LinkOptions link =
      service.servers.empty() ? link::LinkOptions{} : service.servers.front().link;
  return link.negotiation_timeout;
}

void note_outbound_clients(Section& section) {
  const auto found = section.take("outbound_clients");
  if (found && !found->list().empty()) {
    note_unavailable(*found, "links that a control plane orders");
  }
}

void read_dataplane(const Value& value, Service& out, std::set<std::string>& listeners) {
  Section section(value);
  const auto servers = section.take("servers");
  const auto clients = section.take("clients");
  note_outbound_clients(section);
  if (const auto pqc = section.take("enforce_pqc"); pqc && pqc->boolean()) {
    refuse_unavailable(*pqc, "enforce_pqc (post-quantum key exchange)");
  }
  section.finish(Section::Unknown::error);
  if (servers) read_servers(*servers, out.servers, listeners);
  if (clients) read_clients(*clients, negotiation_timeout(out), out.clients);
}

/// The data plane must not be held up by what its entries say: nothing below the lists is read.
void note_controller(const Value& value) {
  Section section(value);
  bool is_used = false;
  for (const std::string_view key : {"servers", "clients"}) {
    const auto found = section.take(key);
    is_used = (found && !found->list().empty()) || is_used;
  }
  note_outbound_clients(section);
  if (const auto pqc = section.take("enforce_pqc")) (void)pqc->boolean();
  section.finish(Section::Unknown::error);
  if (is_used) note_unavailable(value, "the controller API");
}

bool read_default_gateway(Section& section) {
  const auto found = section.take("default_gateway");
  return !found || found->choice<bool>({{"auto", true}, {"off", false}});
}

}  // namespace

Service decode_service(const Value& value, std::string id, std::set<std::string>& listeners) {
  Service out;
  out.place = value.place();
  out.id = std::move(id);
  Section section(value);
  section.read("node_id", out.node_id);
  section.read("domain_name", out.domain_name);
  if (const auto auth = section.take("auth"); auth && !auth->is(Node::Kind::null)) {
    note_unavailable(*auth, "registration with a control plane");
  }
  const auto dataplane = section.take("dataplane");
  const auto controller = section.take("controller");
  const auto peers = section.take("peers");
  out.default_gateway = read_default_gateway(section);
  section.finish(Section::Unknown::error);
  if (dataplane) read_dataplane(*dataplane, out, listeners);
  if (controller) note_controller(*controller);
  refuse_empty(out, value);
  if (peers && !peers->is(Node::Kind::null)) {
    out.peers = decode_peers(*peers, negotiation_timeout(out));
  }
  return out;
}

}  // namespace slim::settings
