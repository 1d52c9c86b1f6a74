// docs/protocol/forwarding.md 17.4: one case a scenario, numbered as there.
#include "support/catch.hpp"
#include "support/test_node.hpp"

using namespace slim;
using namespace slim::test;
using forward::LinkRef;
using Links = std::vector<LinkRef>;

TEST_CASE("17.4/66: the only edge link takes what a local application sends nowhere", "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), e1 = node.edge();
  node.publish(l1, n("n"));
  CHECK(node.deliveries() == Links{e1});
  CHECK(node.last_error.empty());
}

TEST_CASE("17.4/67: a match comes before the gateway", "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), e1 = node.edge(), e2 = node.edge();
  (void)e1;
  node.subscribe(e2, n("n"), 1);
  node.publish(l1, n("n"));
  CHECK(node.deliveries() == Links{e2});
}

TEST_CASE("17.4/68, 69, 70: of two edge links one has to be pinned, and stays the only one",
          "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), e1 = node.edge(), e2 = node.edge();
  (void)e2;
  node.publish(l1, n("n"));
  CHECK(node.deliveries().empty());
  CHECK_FALSE(node.last_error.empty());
  CHECK(node.router.pin_gateway(e1.index()).empty());
  node.publish(l1, n("n"));
  CHECK(node.deliveries() == Links{e1});
  node.close(e1);
  node.publish(l1, n("n"));
  CHECK(node.deliveries().empty());
  CHECK_FALSE(node.last_error.empty());
  node.router.unpin_gateway();
  node.publish(l1, n("n"));
  CHECK(node.deliveries() == Links{e2});
}

TEST_CASE("17.4/71: remote links and peers are no gateway", "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), r = node.remote(), p1 = node.peer();
  (void)r;
  node.publish(l1, n("n"));
  CHECK(node.deliveries().empty());
  CHECK_FALSE(node.last_error.empty());
  CHECK(node.router.pin_gateway(p1.index()) ==
        "invalid default gateway 2: connection type is peer, expected Edge");
  CHECK(node.router.pin_gateway(99) == "invalid default gateway 99: connection not found");
}

TEST_CASE("17.4/72: what comes from the network never takes the gateway", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge();
  (void)e2;
  node.publish(e1, n("n"));
  CHECK(node.deliveries().empty());
}

TEST_CASE("17.4/73: switched off there is none but the pinned one", "[forward]") {
  TestNode node;
  node.router.set_gateway_auto(false);
  const LinkRef l1 = node.local(), e1 = node.edge();
  node.publish(l1, n("n"));
  CHECK(node.deliveries().empty());
  CHECK_FALSE(node.last_error.empty());
  CHECK(node.router.pin_gateway(e1.index()).empty());
  node.publish(l1, n("n"));
  CHECK(node.deliveries() == Links{e1});
}

TEST_CASE("17.4/74: two nodes that are each other's gateway do not loop", "[forward]") {
  TestNode a, b;
  const LinkRef app = a.local();
  const LinkRef to_b = a.edge();
  const LinkRef from_a = b.edge();
  a.publish(app, n("nowhere"));
  auto sent = a.delivered_messages();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].to == to_b);
  b.receive(from_a, sent[0].bytes);
  CHECK(b.deliveries().empty());
}
