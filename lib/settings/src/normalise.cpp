#include "normalise.hpp"

#include <utility>

#include "rules.hpp"
#include "scalar.hpp"

namespace slim::settings {

Place Spot::place_of(std::string_view key) const {
  const Entry* found = node.entry(key);
  return {join(path, key), found ? found->line : node.line};
}

void Spot::note(Notice::Kind kind, std::string_view key, std::string text) const {
  report.note(kind, place_of(key), std::move(text));
}

void Spot::fail(std::string_view key, const std::string& text) const {
  report.fail(place_of(key), text);
}

void refuse_both(const Spot& mapping, std::string_view old_key, std::string_view new_key) {
  if (!mapping.node.find(new_key)) return;
  mapping.fail(old_key, "found both " + std::string(old_key) + " and " + std::string(new_key) +
                            ", which say the same thing; allowed: " + std::string(new_key));
}

void rename_key(const Spot& mapping, std::string_view old_key, std::string_view new_key,
                std::string_view releases) {
  if (!mapping.node.find(old_key)) {
    mapping.node.erase(old_key);  // N26
    return;
  }
  refuse_both(mapping, old_key, new_key);
  mapping.note(
      Notice::Kind::rewritten, old_key,
      "a spelling of releases " + std::string(releases) + ", read as " + std::string(new_key));
  mapping.node.erase(new_key);
  mapping.node.entry(old_key)->key = new_key;
}

void drop_key(const Spot& mapping, std::string_view key, Notice::Kind kind, std::string_view text) {
  if (mapping.node.find(key)) {
    const bool missing = kind == Notice::Kind::not_available;
    mapping.note(kind, key,
                 std::string(text) + (missing ? " is not available in this version of slimd" : ""));
  }
  mapping.node.erase(key);
}

void add_unit(const Spot& mapping, std::string_view key, std::string_view unit) {
  Node* const value = mapping.node.find(key);
  if (!value) return;
  if (value->is(Node::Kind::scalar) && is_digits(value->text)) {
    value->text += unit;
    value->plain = false;
    mapping.note(Notice::Kind::rewritten, key,
                 "a number without a unit is read as " +
                     std::string(unit == "s" ? "seconds" : "milliseconds") +
                     "; write a duration such as 10s or 1500ms");
  } else if (value->is(Node::Kind::mapping) && key != "reload_interval") {
    mapping.note(Notice::Kind::rewritten, key,
                 "{secs, nanos} is read as a duration such as 10s or 1500ms");
  }
}

namespace {

using Rewrite = void (*)(const Spot&);

void rewrite_entries(const Spot& section, std::string_view key, Rewrite rewrite) {
  Node* const list = section.node.find(key);
  if (!list) return;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    rewrite({list->items[i], at_index(join(section.path, key), i), section.report});
  }
}

void rewrite_dataplane(const Spot& dataplane) {
  rewrite_tokens(dataplane);
  rewrite_entries(dataplane, "servers", rewrite_server);
  rewrite_entries(dataplane, "clients", rewrite_client);
}

void rewrite_static_peers(const Spot& service) {
  Node* const peers = service.node.find("peers");
  Node* const discovery = peers ? peers->find("discovery") : nullptr;
  if (!discovery) return;
  rewrite_entries(service.child("peers", *peers).child("discovery", *discovery), "peers",
                  rewrite_client);
}

void rewrite_service(const Spot& service) {
  rewrite_service_names(service);
  rewrite_peers(service);
  if (Node* const dataplane = service.node.find("dataplane")) {
    rewrite_dataplane(service.child("dataplane", *dataplane));
  }
  if (Node* const controller = service.node.find("controller")) {
    const Spot spot = service.child("controller", *controller);
    rewrite_controller(spot);
    rewrite_tokens(spot);
  }
  rewrite_static_peers(service);
}

}  // namespace

void normalise(Node& root, Report& report) {
  const Spot top{root, "", report};
  if (Node* const tracing = root.find("tracing")) rewrite_tracing(top.child("tracing", *tracing));
  if (Node* const runtime = root.find("runtime")) {
    add_unit(top.child("runtime", *runtime), "drain_timeout");
  }
  Node* const services = root.find("services");
  if (!services) return;
  const Spot all = top.child("services", *services);
  for (Entry& service : services->entries) rewrite_service(all.child(service.key, service.value));
}

}  // namespace slim::settings
