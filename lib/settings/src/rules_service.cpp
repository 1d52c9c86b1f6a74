#include <utility>

#include "rules.hpp"
#include "value.hpp"

namespace slim::settings {
namespace {

constexpr auto kNotAvailable = Notice::Kind::not_available;

/// N3
void make_list(const Spot& controller, std::string_view old_key, std::string_view new_key) {
  Node* const single = controller.node.find(old_key);
  if (!single) return;
  const std::size_t line = single->line;
  std::vector<Node> items;
  items.push_back(std::move(*single));
  *single = Node::sequence(std::move(items), line);
  rename_key(controller, old_key, new_key, "0.3");
}

/// N5
void drop_recovery_ttl(const Spot& section) {
  add_unit(section, "recovery_ttl");
  const Node* const ttl = section.node.find("recovery_ttl");
  if (ttl) (void)Value(section.report, *ttl, join(section.path, "recovery_ttl")).duration();
  drop_key(section, "recovery_ttl", kNotAvailable,
           "keeping the routes of a lost link (release 1.4)");
}

}  // namespace

/// N22
void rewrite_tracing(const Spot& tracing) {
  drop_key(tracing, "filter", Notice::Kind::dead_key,
           "releases up to 0.6 read this key and did nothing with it; see tracing.filters");
}

/// N1, N2
void rewrite_service_names(const Spot& service) {
  rename_key(service, "pubsub", "dataplane", "up to 0.4");
  rename_key(service, "group_name", "domain_name", "0.6 to 1.4");
}

/// N24
void rewrite_peers(const Spot& service) {
  Node* const peers = service.node.find("peers");
  const Node* const old = peers ? peers->find("deployment_name") : nullptr;
  if (!old) return;
  const Spot spot = service.child("peers", *peers);
  const Node* const domain = service.node.find("domain_name");
  if (domain && (!domain->is(Node::Kind::scalar) || domain->text != old->text)) {
    spot.fail("deployment_name", "found another name than domain_name has; allowed: domain_name");
  }
  spot.note(Notice::Kind::rewritten, "deployment_name",
            "a spelling of the alphas of 2.0, read as the service's domain_name");
  if (!domain) {
    Node moved = *old;
    service.node.erase("domain_name");
    service.node.add("domain_name", std::move(moved));
  }
  service.node.find("peers")->erase("deployment_name");
}

void rewrite_controller(const Spot& controller) {
  make_list(controller, "server", "servers");
  make_list(controller, "client", "clients");
}

/// N4, N5
void rewrite_tokens(const Spot& section) {
  drop_key(section, "token_provider", kNotAvailable,
           "the identity of a node towards control planes of 0.6 to 1.4");
  drop_key(section, "token_verifier", kNotAvailable,
           "the check of the identity of control planes of 0.6 to 1.4");
  drop_recovery_ttl(section);
}

}  // namespace slim::settings
