// docs/protocol/forwarding.md 17.5 with several nodes: numbered as there.
#include "support/catch.hpp"
#include "support/topology.hpp"

using namespace slim;
using namespace slim::test;
using namespace std::chrono_literals;
using forward::LinkType;

namespace {

const forward::RouterOptions kMesh{.full_mesh = true, .announcement_ttl = 2};
const forward::ForwarderOptions kNoRelay{.relay_between_peers = false};

std::size_t names(const WorldNode& node) { return node.router.statistics().records; }

}  // namespace

TEST_CASE("17.5/84: a star of peers delivers through its hub, and forgets when the app leaves",
          "[component]") {
  World w;
  WorldNode& hub = w.node("hub");
  WorldNode& a = w.node("a");
  WorldNode& b = w.node("b");
  w.link(a, hub);
  w.link(b, hub);
  auto app = std::make_unique<WireClient>(w, a);
  WireClient other(w, b);
  app->subscribe(n("t", 10), 1);
  w.settle();
  REQUIRE(app->acks.size() == 1);
  other.publish(n("t", 10));
  w.settle();
  CHECK(app->publishes.size() == 1);
  app.reset();
  w.settle();
  CHECK(names(hub) == 0);
  CHECK(names(b) == 0);
}

TEST_CASE("17.5/85: a chain of peers delivers over two hops", "[component]") {
  World w;
  WorldNode& a = w.node("a");
  WorldNode& b = w.node("b");
  WorldNode& c = w.node("c");
  w.link(a, b);
  w.link(b, c);
  WireClient app(w, a), other(w, c);
  app.subscribe(n("t", 1), 7);
  w.settle();
  other.publish(n("t", 1), {.fanout = 256});
  w.settle();
  CHECK(app.publishes.size() == 1);
  CHECK(app.bad_tags == 0);
}

TEST_CASE("17.5/86: in a ring of peers flooding stops and one copy arrives", "[component]") {
  World w;
  WorldNode& a = w.node("a");
  WorldNode& b = w.node("b");
  WorldNode& c = w.node("c");
  w.link(a, b);
  w.link(b, c);
  w.link(c, a);
  WireClient app(w, a), publisher(w, b);
  app.subscribe(n("t", 1), 7);
  w.settle();
  REQUIRE(app.acks.size() == 1);
  for (const WorldNode* node : {&a, &b, &c}) CHECK(names(*node) == 1);
  publisher.publish(n("t", 1), {.fanout = 256});
  w.settle();
  CHECK(app.publishes.size() == 1);
  app.unsubscribe(n("t", 1), 7);
  w.settle();
  for (const WorldNode* node : {&a, &b, &c}) CHECK(names(*node) == 0);
}

TEST_CASE("17.5/87: a peer with our own node id is told so after a reply", "[component]") {
  World w;
  WorldNode& a = w.node("same");
  WireClient peer(w, a, LinkType::peer, {}, "same");
  w.settle();
  CHECK(peer.ended);
  CHECK(peer.status.code == 7);
  CHECK(peer.status.message == "self-connection rejected: same node_id");
}

TEST_CASE("17.5/88: a peer of another deployment is told so after a reply", "[component]") {
  World w;
  WorldNode& a = w.node("a", {}, {}, "ours");
  WireClient none(w, a, LinkType::peer, {}, "x");
  w.settle();
  CHECK(none.status.code == 7);
  CHECK(none.status.message == "deployment_name mismatch");
  WorldNode& b = w.node("b", {}, {}, "theirs");
  WorldLink& refused = w.link(b, a);
  w.settle();
  CHECK_FALSE(refused.up);
  // an edge link does not care, and a node without deployment takes any peer
  CHECK(w.link(b, a, LinkType::edge).up);
  WorldNode& c = w.node("c");
  CHECK(w.link(a, c).end_reason == transport::CloseReason::deployment_mismatch);
}

TEST_CASE("Full mesh: every node reaches every other over one hop", "[component]") {
  World w;
  std::vector<WorldNode*> nodes;
  for (const char* id : {"r1", "r2", "r3", "r4"}) nodes.push_back(&w.node(id, kMesh, kNoRelay));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (std::size_t j = i + 1; j < nodes.size(); ++j) w.link(*nodes[i], *nodes[j]);
  }
  std::vector<std::unique_ptr<WireClient>> apps;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    apps.push_back(std::make_unique<WireClient>(w, *nodes[i]));
    apps[i]->subscribe(n("group", i), 100 + i);
  }
  w.settle();
  for (auto& app : apps) app->publish(n("group"), {.fanout = 256});
  w.settle();
  for (auto& app : apps) CHECK(app->publishes.size() == 3);
}

TEST_CASE("17.5/91: a peer that restarts gets each name once", "[component]") {
  World w;
  WorldNode& a = w.node("a");
  WireClient app(w, a);
  app.subscribe(n("t", 1), 1);
  app.subscribe(n("t", 2), 2);
  WorldNode& old = w.node("b");
  WorldLink& link = w.link(a, old);
  REQUIRE(names(old) == 2);
  // the same as a restart for a: the link is lost and a fresh node answers
  link.cut();
  w.settle();
  WorldNode& fresh = w.node("b2");
  WorldLink& again = w.link(a, fresh);
  w.settle();
  CHECK(again.up);
  CHECK(names(fresh) == 2);
  WireClient publisher(w, fresh);
  publisher.publish(n("t"), {.fanout = 256});
  w.settle();
  CHECK(app.publishes.size() == 1);
}

TEST_CASE("12: a link of ours that is dialled again carries traffic again, both ways",
          "[component]") {
  World w;
  WorldNode& a = w.node("a");
  WorldNode& b = w.node("b");
  WorldLink& link = w.link(a, b);
  WireClient on_a(w, a), on_b(w, b);
  on_a.subscribe(n("a", 1), 1);
  on_b.subscribe(n("b", 1), 2);
  w.settle();
  link.cut();
  w.settle();
  CHECK_FALSE(link.up);
  on_a.publish(n("b", 1));
  w.settle();
  CHECK(on_b.publishes.empty());
  link.dial();
  w.settle();
  CHECK(link.up);
  w.advance(6s);
  on_a.publish(n("b", 1));
  on_b.publish(n("a", 1));
  w.settle();
  CHECK(on_b.publishes.size() == 1);
  CHECK(on_a.publishes.size() == 1);
}

TEST_CASE("12: what a neighbour lost while it was away goes 5 s after it is back", "[component]") {
  World w;
  WorldNode& a = w.node("a");
  WorldNode& b = w.node("b");
  WorldLink& link = w.link(a, b);
  auto app = std::make_unique<WireClient>(w, b);
  app->subscribe(n("t", 1), 1);
  w.settle();
  REQUIRE(names(a) == 1);
  link.cut();
  app.reset();
  w.settle();
  CHECK(names(a) == 1);
  link.dial();
  w.advance(4900ms);
  CHECK(names(a) == 1);
  w.advance(200ms);
  CHECK(names(a) == 0);
}
