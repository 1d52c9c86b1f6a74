// Each three bytes are one event at a node: links come and go, names are subscribed, messages sent.
// Deliveries must go to subscribers only, once, and an empty node must be empty.
#include <cstdint>
#include <cstdlib>
#include <set>

#include "support/test_node.cpp"
#include "support/test_node.hpp"

using namespace slim;
using namespace slim::test;

namespace {

struct Fuzzed {
  TestNode node;
  std::vector<forward::LinkRef> links;
  std::map<forward::LinkRef, std::set<std::pair<int, int>>> subscribed;

  void check_deliveries(forward::LinkRef from, int service, int id, bool all) {
    std::set<forward::LinkRef> seen;
    const auto delivered = node.deliveries();
    for (const auto link : delivered) {
      if (link == from || !seen.insert(link).second) std::abort();
      bool wanted = false;
      for (const auto& [s, i] : subscribed[link]) wanted |= s == service && (id == 0 || i == id);
      // What nobody subscribed goes to the default gateway, which is an edge link.
      const bool gateway = link.type() == forward::LinkType::edge && delivered.size() == 1;
      if (!wanted && !gateway) std::abort();
    }
    if (!all && seen.size() > 1) std::abort();
  }

  void step(std::uint8_t what, std::uint8_t a, std::uint8_t b) {
    const int service = b & 3;
    const int id = (b >> 2) & 3;
    const auto name = id == 0 ? n(std::to_string(service)) : n(std::to_string(service), id);
    if (links.empty() || what < 20) {
      if (links.size() < 8) links.push_back(node.up(static_cast<forward::LinkType>(a & 3)));
      return;
    }
    const auto link = links[a % links.size()];
    const std::uint64_t sub = (b >> 4) & 3;
    if (what < 110) {
      node.subscribe(link, name, sub);
      // A peer's may be an echo, which is not stored: then a delivery is merely not expected.
      subscribed[link].insert({service, id});
    } else if (what < 150) {
      node.unsubscribe(link, name, sub);
    } else if (what < 220) {
      const bool all = (b & 0x40) != 0;
      node.publish(link, name, {.fanout = all ? 256U : 1U});
      check_deliveries(link, service, id, all);
    } else if (what < 230) {
      node.close(link);
      subscribed.erase(link);
      links.erase(links.begin() + a % static_cast<int>(links.size()));
    } else if (what < 240) {
      node.ack(link, sub);
    } else if (what < 250) {
      (void)node.control(link);
    } else {
      node.advance(std::chrono::seconds(b));
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Fuzzed f;
  for (std::size_t i = 0; i + 2 < size && i < 3000; i += 3)
    f.step(data[i], data[i + 1], data[i + 2]);
  for (const auto link : f.links) f.node.close(link);
  f.node.advance(std::chrono::seconds(60));
  const auto left = f.node.router.statistics();
  if (left.records != 0 || left.routes != 0 || left.prefixes != 0 || left.waiting_acks != 0)
    std::abort();
  return 0;
}
