// docs/protocol/forwarding.md 17.1: one case a scenario, numbered as there.
#include <algorithm>

#include "support/catch.hpp"
#include "support/test_node.hpp"

using namespace slim;
using namespace slim::test;
using forward::LinkRef;
using Links = std::vector<LinkRef>;

namespace {

const PublishOptions kAll{.fanout = 256};

Links sorted(Links links) {
  std::sort(links.begin(), links.end());
  return links;
}

/// Scenario 2's set-up.
struct Wildcards {
  TestNode node;
  LinkRef e1 = node.edge(), e2 = node.edge(), e3 = node.edge(), e4 = node.edge(), e9 = node.edge();
  Wildcards() {
    node.subscribe(e1, n("n"), 1);
    node.subscribe(e2, n("n"), 1);
    node.subscribe(e3, n("n", 1), 1);
    node.subscribe(e4, n("n", 2), 1);
  }
};

/// Scenario 16's set-up.
struct Types {
  TestNode node;
  LinkRef r = node.remote(), p1 = node.peer(), e1 = node.edge(), e9 = node.edge();
  Types() {
    std::uint64_t id = 0;
    for (const LinkRef link : {r, p1, e1}) node.subscribe(link, n("n", 1), ++id);
    node.publish(e9, n("n", 1));
  }
};

}  // namespace

TEST_CASE("17.1/1: anycast to an id alternates between its links", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge(), e3 = node.edge();
  node.subscribe(e1, n("n", 1), 1);
  node.subscribe(e2, n("n", 1), 1);
  for (int i = 0; i < 4; ++i) node.publish(e3, n("n", 1));
  const Links got = node.deliveries();
  REQUIRE(got.size() == 4);
  CHECK(got[0] != got[1]);
  CHECK(got[0] == got[2]);
  CHECK(got[1] == got[3]);
}

TEST_CASE("17.1/2: a wildcard multicast reaches wildcard and id subscribers once each",
          "[forward]") {
  Wildcards w;
  w.node.publish(w.e9, n("n"), kAll);
  CHECK(sorted(w.node.deliveries()) == sorted({w.e1, w.e2, w.e3, w.e4}));
}

TEST_CASE("17.1/3, 4: a message to an id reaches subscribers of that id only", "[forward]") {
  Wildcards w;
  w.node.publish(w.e9, n("n", 1), kAll);
  CHECK(w.node.deliveries() == Links{w.e3});
  w.node.publish(w.e9, n("n", 2));
  CHECK(w.node.deliveries() == Links{w.e4});
}

TEST_CASE("17.1/5: wildcard subscribers do not stand in for a lost id", "[forward]") {
  Wildcards w;
  w.node.unsubscribe(w.e3, n("n", 1), 1);
  w.node.publish(w.e9, n("n", 1));
  CHECK(w.node.deliveries().empty());
}

TEST_CASE("17.1/6: an id that nobody subscribed matches nobody", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n"), 1);
  node.publish(e9, n("n", 7));
  CHECK(node.deliveries().empty());
}

TEST_CASE("17.1/7, 8: the wildcard and an absent id reach an id subscriber", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n", 1), 1);
  node.publish(e9, n("n"));
  CHECK(node.deliveries() == Links{e1});
  node.publish(e9, n("n"), {.destination_id = false});
  CHECK(node.deliveries() == Links{e1});
}

TEST_CASE("17.1/9: nothing goes back to where it came from", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge();
  node.subscribe(e1, n("n", 1), 1);
  node.publish(e1, n("n", 1));
  CHECK(node.deliveries().empty());
  CHECK(node.counters
            .dropped[static_cast<std::size_t>(forward::DropReason::only_source)]
                    [static_cast<std::size_t>(forward::LinkType::edge)]
            .value() == 1);
}

TEST_CASE("17.1/10: anycast skips the arrival link every time", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge();
  node.subscribe(e1, n("n", 1), 1);
  node.subscribe(e2, n("n", 1), 1);
  for (int i = 0; i < 3; ++i) node.publish(e1, n("n", 1));
  CHECK(node.deliveries() == Links{e2, e2, e2});
}

TEST_CASE("17.1/11, 12, 13: any fanout but 1 reaches all others, however many", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge(), e3 = node.edge(), e9 = node.edge();
  for (const LinkRef link : {e1, e2, e3}) node.subscribe(link, n("n", 1), 1);
  node.publish(e1, n("n", 1), kAll);
  CHECK(sorted(node.deliveries()) == sorted({e2, e3}));
  for (const std::uint32_t fanout : {2U, 0U}) {
    node.publish(e9, n("n", 1), {.fanout = fanout});
    CHECK(sorted(node.deliveries()) == sorted({e1, e2, e3}));
  }
}

TEST_CASE("17.1/14: a link with several ids gets a wildcard message once", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n", 1), 1);
  node.subscribe(e1, n("n", 2), 2);
  node.publish(e9, n("n"), kAll);
  CHECK(node.deliveries() == Links{e1});
}

TEST_CASE("17.1/15: a local application comes before a remote link", "[forward]") {
  TestNode node;
  const LinkRef r = node.remote(), l1 = node.local(), e9 = node.edge();
  node.subscribe(r, n("n", 1), 1);
  node.subscribe(l1, n("n", 1), 1);
  for (int i = 0; i < 10; ++i) node.publish(e9, n("n", 1));
  CHECK(node.deliveries() == Links(10, l1));
}

TEST_CASE("17.1/16, 17, 18: anycast prefers remote, then peer, then edge", "[forward]") {
  Types t;
  for (int i = 0; i < 2; ++i) t.node.publish(t.e9, n("n", 1));
  CHECK(t.node.deliveries() == Links{t.r, t.r, t.r});
  t.node.close(t.r);
  for (int i = 0; i < 2; ++i) t.node.publish(t.e9, n("n", 1));
  CHECK(t.node.deliveries() == Links{t.p1, t.p1});
  t.node.close(t.p1);
  for (int i = 0; i < 2; ++i) t.node.publish(t.e9, n("n", 1));
  CHECK(t.node.deliveries() == Links{t.e1, t.e1});
}

TEST_CASE("17.1/19: multicast reaches every type", "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), l2 = node.local(), r = node.remote(), e1 = node.edge(),
                e9 = node.edge();
  for (const LinkRef link : {l1, l2, r, e1}) node.subscribe(link, n("n", 1), 1);
  node.publish(e9, n("n", 1), kAll);
  CHECK(sorted(node.deliveries()) == sorted({l1, l2, r, e1}));
}

TEST_CASE("17.1/20: wildcard anycast goes on with the next type when one is empty", "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), l2 = node.local(), r1 = node.remote(), r2 = node.remote(),
                e9 = node.edge();
  for (const LinkRef link : {l1, l2, r1, r2}) node.subscribe(link, n("n"), 1);
  node.unsubscribe(l1, n("n"), 1);
  node.unsubscribe(l2, n("n"), 1);
  for (int i = 0; i < 20; ++i) node.publish(e9, n("n"));
  const Links got = node.deliveries();
  REQUIRE(got.size() == 20);
  CHECK(std::count(got.begin(), got.end(), r1) == 10);
  CHECK(std::count(got.begin(), got.end(), r2) == 10);
}

TEST_CASE("17.1/21, 22: other names and other ids are left alone", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge(), e3 = node.edge(), e4 = node.edge(),
                e5 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("x", 1), 1);
  node.subscribe(e2, n("y", 1), 1);
  node.publish(e9, n("x", 1), kAll);
  CHECK(node.deliveries() == Links{e1});
  for (const LinkRef link : {e1, e2}) node.subscribe(link, n("n", 1), 2);
  for (const LinkRef link : {e3, e4, e5}) node.subscribe(link, n("n", 2), 2);
  node.publish(e9, n("n", 2), kAll);
  CHECK(sorted(node.deliveries()) == sorted({e3, e4, e5}));
}

TEST_CASE("17.1/23: without subscribers a publish vanishes silently and is counted", "[forward]") {
  TestNode node;
  const LinkRef e9 = node.edge();
  const auto out = node.publish(e9, n("n"));
  CHECK(out.error.empty());
  CHECK_FALSE(out.ack);
  CHECK(node.deliveries().empty());
  CHECK(node.counters
            .dropped[static_cast<std::size_t>(forward::DropReason::no_route)]
                    [static_cast<std::size_t>(forward::LinkType::edge)]
            .value() == 1);
}

TEST_CASE("17.1/24: a local application is told that nothing matched", "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local();
  node.publish(l1, n("n"));
  CHECK(node.last_error.find("no matching found for [") != std::string::npos);
  CHECK(node.last_error.find("NULL_COMPONENT]") != std::string::npos);
}

TEST_CASE("17.1/25: in a full mesh what a peer sends goes to no other peer", "[forward]") {
  TestNode node({.full_mesh = true, .announcement_ttl = 2}, {.relay_between_peers = false});
  const LinkRef l1 = node.local(), p1 = node.peer(), p2 = node.peer();
  node.subscribe(l1, n("n", 1), 1);
  node.subscribe(p2, n("n", 1), 2, {.ttl = 2});
  node.publish(p1, n("n", 1), kAll);
  CHECK(node.deliveries() == Links{l1});
}

TEST_CASE("17.1/26: a standalone node relays between peers", "[forward]") {
  TestNode node;
  const LinkRef p1 = node.peer(), p2 = node.peer();
  node.subscribe(p2, n("n", 1), 1);
  node.publish(p1, n("n", 1));
  CHECK(node.deliveries() == Links{p2});
}

TEST_CASE("17.1/27: a link that is gone is passed over", "[forward]") {
  TestNode node({.cleanup_slice = 0});  // its records stay, as if nobody had had the time
  const LinkRef gone = node.edge(), e1 = node.edge(), l1 = node.local();
  node.subscribe(gone, n("n", 7), 1);
  node.subscribe(e1, n("n", 7), 1);
  node.router.links().close(gone);
  for (int i = 0; i < 4; ++i) node.publish(l1, n("n", 7));
  CHECK(node.deliveries() == Links(4, e1));
}

TEST_CASE("17.1/28: multicast reaches the others when one is being dialled again", "[forward]") {
  TestNode node;
  const LinkRef c1 = node.edge(), c2 = node.edge(), l1 = node.local();
  node.subscribe(c1, n("n"), 1);
  node.subscribe(c2, n("n"), 1);
  node.lose(c1);
  node.publish(l1, n("n"), kAll);
  CHECK(node.deliveries() == Links{c2});
  CHECK(node.last_error.empty());
  node.regain(c1);
  node.publish(l1, n("n"), kAll);
  CHECK(sorted(node.deliveries()) == sorted({c1, c2}));
}

TEST_CASE("17.1/29: id 0 is an ordinary id", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n", 0), 1);
  node.publish(e9, n("n", 0));
  CHECK(node.deliveries() == Links{e1});
}

TEST_CASE("Full queues: anycast goes on to a link with room, and waits when there is none",
          "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n", 1), 1);
  node.subscribe(e2, n("n", 1), 1);
  node.router.links().set_full(e1, true);
  for (int i = 0; i < 4; ++i)
    CHECK(node.publish(e9, n("n", 1)).step == TestNode::Outcome::Step::done);
  CHECK(node.deliveries() == Links(4, e2));
  node.router.links().set_full(e2, true);
  const auto out = node.publish(e9, n("n", 1));
  CHECK(out.step == TestNode::Outcome::Step::held);
  CHECK_FALSE(out.multicast);
  CHECK(node.deliveries().empty());
}

TEST_CASE("Full queues: a multicast is held before anybody got it", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n"), 1);
  node.subscribe(e2, n("n"), 1);
  node.router.links().set_full(e2, true);
  const auto out = node.publish(e9, n("n"), kAll);
  CHECK(out.step == TestNode::Outcome::Step::held);
  CHECK(out.waits_for == e2);
  CHECK(out.multicast);
  CHECK(node.deliveries().empty());
}

TEST_CASE("Anycast: turns are taken evenly by many links", "[forward]") {
  TestNode node;
  Links links;
  for (int i = 0; i < 7; ++i) {
    links.push_back(node.edge());
    node.subscribe(links.back(), n("n", static_cast<std::uint64_t>(i)), 1);
  }
  const LinkRef e9 = node.edge();
  for (int i = 0; i < 700; ++i) node.publish(e9, n("n"));
  const Links got = node.deliveries();
  for (const LinkRef link : links) CHECK(std::count(got.begin(), got.end(), link) == 100);
}
