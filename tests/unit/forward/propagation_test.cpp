// docs/protocol/forwarding.md 17.5, what one node decides, numbered as there. Scenarios of several
// nodes are in tests/component.
#include <set>

#include "support/catch.hpp"
#include "support/test_node.hpp"

using namespace slim;
using namespace slim::test;
using namespace std::chrono_literals;
using forward::LinkRef;
using wire::Kind;

namespace {

const forward::RouterOptions kMesh{.full_mesh = true, .announcement_ttl = 2};

void check_one(const std::vector<Control>& got, Kind kind, const name::Name& name, std::uint64_t id,
               std::uint32_t ttl) {
  REQUIRE(got.size() == 1);
  CHECK(got[0].kind == kind);
  CHECK(got[0].name == name);
  CHECK(got[0].id == id);
  CHECK(got[0].ttl == ttl);
  CHECK_FALSE(got[0].tagged);
  CHECK(got[0].identity.empty());
}

bool acked(const std::vector<Control>& got, std::uint64_t id) {
  return got.size() == 1 && got[0].kind == Kind::subscription_ack && got[0].id == id &&
         got[0].success;
}

/// Scenario 75's set-up, after both peers have answered.
struct Announced {
  TestNode node;
  LinkRef p1 = node.peer(), p2 = node.peer(), e1 = node.edge(), e2 = node.edge();
  Announced() {
    node.subscribe(e1, n("t", 4), 900);
    node.control(p1);
    node.control(p2);
    node.ack(p1, 900);
    node.ack(p2, 900);
    node.control(e1);
  }
};

}  // namespace

TEST_CASE("17.5/75: a new name is told to all peers, and acknowledged when they have answered",
          "[forward]") {
  TestNode node;
  const LinkRef p1 = node.peer(), p2 = node.peer(), e1 = node.edge();
  CHECK_FALSE(node.subscribe(e1, n("t", 4), 900));
  check_one(node.control(p1), Kind::subscribe, n("t", 4), 900, 8);
  check_one(node.control(p2), Kind::subscribe, n("t", 4), 900, 8);
  node.ack(p1, 900);
  CHECK(node.control(e1).empty());
  node.ack(p2, 900, false, "whatever");
  CHECK(acked(node.control(e1), 900));
}

TEST_CASE("17.5/76: silent peers are waited for for 5 s", "[forward]") {
  TestNode node;
  const LinkRef p1 = node.peer(), e1 = node.edge();
  node.subscribe(e1, n("t", 4), 900);
  node.control(p1);
  node.advance(4999ms);
  CHECK(node.control(e1).empty());
  node.advance(1ms);
  CHECK(acked(node.control(e1), 900));
}

TEST_CASE("17.5/76: a peer that goes is not waited for", "[forward]") {
  TestNode node;
  const LinkRef p1 = node.peer(), e1 = node.edge();
  node.subscribe(e1, n("t", 4), 900);
  node.close(p1);
  CHECK(acked(node.control(e1), 900));
}

TEST_CASE("17.5/77: more subscriptions of a known name concern no peer", "[forward]") {
  Announced a;
  CHECK(a.node.subscribe(a.e1, n("t", 4), 901)->success);
  CHECK(a.node.subscribe(a.e2, n("t", 4), 950)->success);
  CHECK(a.node.control(a.p1).empty());
}

TEST_CASE("17.5/78: peers are told when the last own holder leaves, with the id that they know",
          "[forward]") {
  Announced a;
  a.node.subscribe(a.e1, n("t", 4), 901);
  a.node.subscribe(a.e2, n("t", 4), 950);
  CHECK(a.node.unsubscribe(a.e1, n("t", 4), 900)->success);
  CHECK(a.node.unsubscribe(a.e2, n("t", 4), 950)->success);
  CHECK(a.node.control(a.p1).empty());
  CHECK_FALSE(a.node.unsubscribe(a.e1, n("t", 4), 901));
  check_one(a.node.control(a.p1), Kind::unsubscribe, n("t", 4), 900, 8);
  check_one(a.node.control(a.p2), Kind::unsubscribe, n("t", 4), 900, 8);
  a.node.ack(a.p1, 900);
  a.node.ack(a.p2, 900);
  CHECK(acked(a.node.control(a.e1), 901));
}

TEST_CASE("17.5/79: a disconnect withdraws", "[forward]") {
  Announced a;
  a.node.close(a.e1);
  check_one(a.node.control(a.p1), Kind::unsubscribe, n("t", 4), 900, 8);
  check_one(a.node.control(a.p2), Kind::unsubscribe, n("t", 4), 900, 8);
}

TEST_CASE("17.5/80: only when the name has no own holder left", "[forward]") {
  TestNode node;
  const LinkRef p1 = node.peer(), l1 = node.local(), l2 = node.local();
  node.subscribe(l1, n("t", 4), 1);
  node.subscribe(l2, n("t", 4), 2);
  node.control(p1);
  node.close(l1);
  CHECK(node.control(p1).empty());
  node.close(l2);
  check_one(node.control(p1), Kind::unsubscribe, n("t", 4), 1, 8);
}

TEST_CASE("17.5/81: a peer that joins gets the list", "[forward]") {
  Announced a;
  a.node.subscribe(a.e2, n("u", 5), 77);
  const LinkRef p3 = a.node.peer();
  const auto got = a.node.control(p3);
  REQUIRE(got.size() == 2);
  std::set<std::uint64_t> ids{got[0].id, got[1].id};
  CHECK(ids == std::set<std::uint64_t>{900, 77});
  // and is told of the end with the id that it was given
  a.node.subscribe(a.e2, n("t", 4), 950);
  a.node.close(a.e1);
  const LinkRef p4 = a.node.peer();
  for (const Control& c : a.node.control(p4)) {
    if (c.name == n("t", 4)) CHECK(c.id == 950);
  }
  a.node.control(p3);
  a.node.close(a.e2);
  for (const Control& c : a.node.control(p3)) {
    if (c.name == n("t", 4)) CHECK(c.id == 900);
  }
  for (const Control& c : a.node.control(p4)) {
    if (c.name == n("t", 4)) CHECK(c.id == 950);
  }
}

TEST_CASE("17.5/81: a list of thousands comes in parts and misses nothing that changes meanwhile",
          "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge();
  std::set<std::uint64_t> expected;
  for (std::uint64_t i = 1; i <= 3000; ++i) {
    node.subscribe(e1, n("n", i), i);
    expected.insert(i);
  }
  const LinkRef p1 = node.peer();
  std::vector<std::string> part;
  REQUIRE(node.router.drain(p1, 1000, part) == forward::Router::Drained::more);
  std::set<std::uint64_t> told;
  const auto note = [&](const std::string& message) {
    wire::MessageView v;
    REQUIRE(wire::decode_d(base::as_bytes(message), v) == wire::DecodeError::none);
    if (v.kind == Kind::subscribe) CHECK(told.insert(v.subscription_id).second);
    if (v.kind == Kind::unsubscribe) CHECK(told.erase(v.subscription_id) == 1);
  };
  for (const auto& m : part) note(m);
  for (std::uint64_t i = 1; i <= 3000; i += 7) {
    node.unsubscribe(e1, n("n", i), i);
    expected.erase(i);
  }
  for (std::uint64_t i = 4001; i < 4100; ++i) {
    node.subscribe(e1, n("n", i), i);
    expected.insert(i);
  }
  part.clear();
  while (node.router.drain(p1, 1000, part) == forward::Router::Drained::more) {
  }
  for (const auto& m : part) note(m);
  CHECK(told == expected);
}

TEST_CASE("17.5/82: a standalone node relays a peer's names to the others", "[forward]") {
  TestNode node;
  const LinkRef p1 = node.peer(), p2 = node.peer();
  node.control(p2);  // its list, which is empty
  CHECK_FALSE(node.subscribe(p1, n("w", 1), 2000));
  check_one(node.control(p2), Kind::subscribe, n("w", 1), 2000, 7);
  CHECK(node.control(p1).empty());
  node.ack(p2, 2000);
  CHECK(acked(node.control(p1), 2000));
  SECTION("it ends with the peer's Unsubscribe") {
    CHECK_FALSE(node.unsubscribe(p1, n("w", 1), 2000));
    check_one(node.control(p2), Kind::unsubscribe, n("w", 1), 2000, 7);
    node.ack(p2, 2000);
    CHECK(acked(node.control(p1), 2000));
  }
  SECTION("it ends with the peer, even though another link has the name") {
    const LinkRef e1 = node.edge();
    node.subscribe(e1, n("w", 1), 5);
    node.control(p2);
    node.close(p1);
    check_one(node.control(p2), Kind::unsubscribe, n("w", 1), 2000, 8);
  }
  SECTION("the first own holder is announced beside it") {
    const LinkRef e1 = node.edge();
    node.subscribe(e1, n("w", 1), 5);
    check_one(node.control(p2), Kind::subscribe, n("w", 1), 5, 8);
    check_one(node.control(p1), Kind::subscribe, n("w", 1), 5, 8);
  }
}

TEST_CASE("17.5/82: at the end of its hops a name is stored, not relayed", "[forward]") {
  TestNode node;
  const LinkRef p1 = node.peer(), p2 = node.peer(), e9 = node.edge();
  node.control(p2);  // its list, which is empty
  CHECK(node.subscribe(p1, n("w", 1), 2001, {.ttl = 2})->success);
  CHECK(node.control(p2).empty());
  node.publish(e9, n("w", 1));
  CHECK(node.deliveries() == std::vector<LinkRef>{p1});
}

TEST_CASE("17.5/83: in a full mesh nothing is relayed", "[forward]") {
  TestNode node(kMesh);
  const LinkRef p1 = node.peer(), p2 = node.peer(), e1 = node.edge();
  CHECK(node.subscribe(p1, n("w", 1), 2000, {.ttl = 2})->success);
  CHECK(node.subscribe(p1, n("w", 2), 2001, {.ttl = 8})->success);
  CHECK(node.control(p2).empty());
  node.subscribe(e1, n("w", 3), 7);
  check_one(node.control(p2), Kind::subscribe, n("w", 3), 7, 2);
  // nor listed to a peer that joins
  const LinkRef p3 = node.peer();
  check_one(node.control(p3), Kind::subscribe, n("w", 3), 7, 2);
}

TEST_CASE("17.5/90: neighbours that are no peers are told nothing", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), r1 = node.remote(), l1 = node.local();
  node.subscribe(l1, n("n", 1), 1);
  CHECK(node.control(e1).empty());
  CHECK(node.control(r1).empty());
}

TEST_CASE("9.3: a name that comes back in a loop is acknowledged and not stored", "[forward]") {
  Announced a;
  CHECK(a.node.subscribe(a.p1, n("t", 4), 900, {.ttl = 7})->success);
  a.node.close(a.e1);
  const LinkRef e9 = a.node.edge();
  a.node.publish(e9, n("t", 4));
  CHECK(a.node.deliveries().empty());
  SECTION("and is stored once its origin is gone") {
    (void)a.node.subscribe(a.p1, n("t", 4), 900, {.ttl = 2});
    a.node.publish(e9, n("t", 4));
    CHECK(a.node.deliveries() == std::vector<LinkRef>{a.p1});
  }
}

TEST_CASE("9.3: the same id for another name is no loop", "[forward]") {
  Announced a;
  CHECK(a.node.subscribe(a.p1, n("other", 4), 900, {.ttl = 2})->success);
  a.node.publish(a.e2, n("other", 4));
  CHECK(a.node.deliveries() == std::vector<LinkRef>{a.p1});
}

TEST_CASE("9.3: a relayed name that comes back from another peer is no new route", "[forward]") {
  TestNode node;
  const LinkRef p1 = node.peer(), p2 = node.peer(), e9 = node.edge();
  node.subscribe(p1, n("w", 1), 2000);
  CHECK(node.subscribe(p2, n("w", 1), 2000, {.ttl = 6})->success);
  node.publish(e9, n("w", 1), {.fanout = 256});
  CHECK(node.deliveries() == std::vector<LinkRef>{p1});
}

TEST_CASE("9.3: a peer that returns is stored again though its name stayed reachable",
          "[forward]") {
  TestNode node;
  LinkRef p1 = node.peer();
  const LinkRef p2 = node.peer(), e1 = node.edge(), e9 = node.edge();
  (void)p2;
  node.subscribe(p1, n("x", 1), 555);
  node.subscribe(e1, n("x", 1), 556);
  node.close(p1);
  p1 = node.peer();
  node.subscribe(p1, n("x", 1), 555);
  node.publish(e9, n("x", 1), {.fanout = 256});
  CHECK(node.deliveries() == std::vector<LinkRef>{p1, e1});
}

TEST_CASE("A replayed subscription without id is announced under one of ours and withdrawn with it",
          "[forward]") {
  TestNode node;
  const LinkRef p1 = node.peer(), e1 = node.edge();
  node.subscribe(e1, n("n", 1), 0);
  const auto told = node.control(p1);
  REQUIRE(told.size() == 1);
  CHECK(told[0].id != 0);
  CHECK(node.subscribe(p1, n("n", 1), told[0].id, {.ttl = 2})->success);  // an echo
  node.close(e1);
  check_one(node.control(p1), Kind::unsubscribe, n("n", 1), told[0].id, 8);
  node.publish(node.edge(), n("n", 1));
  CHECK(node.deliveries().empty());
}

TEST_CASE(
    "12: a peer of ours that reconnects gets our own names again and loses what it no longer has",
    "[forward]") {
  TestNode node;
  const LinkRef p1 = node.peer(), p2 = node.peer(), e1 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("mine", 1), 10);
  node.subscribe(p1, n("kept", 1), 20);
  node.subscribe(p1, n("lost", 1), 21);
  node.subscribe(p2, n("other", 1), 30);
  node.control(p1);
  node.control(p2);
  node.lose(p1);
  // routes stay while it is away, messages do not arrive
  node.publish(e9, n("kept", 1));
  CHECK(node.deliveries().empty());
  node.regain(p1);
  check_one(node.control(p1), Kind::subscribe, n("mine", 1), 10, 8);
  node.subscribe(p1, n("kept", 1), 99);
  node.publish(e9, n("lost", 1));
  CHECK(node.deliveries() == std::vector<LinkRef>{p1});  // benefit of the doubt for 5 s
  node.control(p2);
  node.advance(5s);
  node.publish(e9, n("lost", 1));
  CHECK(node.deliveries().empty());
  node.publish(e9, n("kept", 1));
  CHECK(node.deliveries() == std::vector<LinkRef>{p1});
  // the other peer learns that the relayed name is gone, and that the old id of the kept one is
  std::set<std::uint64_t> ended;
  for (const Control& c : node.control(p2)) {
    if (c.kind == Kind::unsubscribe) ended.insert(c.id);
  }
  CHECK(ended.contains(21));
}

TEST_CASE("12: routes that an application set to a link survive its reconnect", "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), e1 = node.edge();
  node.subscribe(l1, n("n"), 7, {.recv_from = e1.index()});
  node.lose(e1);
  node.regain(e1);
  node.advance(30s);
  node.publish(l1, n("n"));
  CHECK(node.deliveries() == std::vector<LinkRef>{e1});
}

TEST_CASE("A link that never takes its control messages overflows and is named", "[forward]") {
  TestNode node({.outbox_bytes = 10'000});
  const LinkRef p1 = node.peer(), e1 = node.edge();
  for (std::uint64_t i = 0; i < 200; ++i) node.subscribe(e1, n("n", i), i + 1);
  std::vector<std::string> out;
  CHECK(node.router.drain(p1, 1 << 20, out) == forward::Router::Drained::overflow);
}

TEST_CASE("17.5/82: a relay under an id that the peer replaced ends", "[forward]") {
  TestNode node;
  const LinkRef p1 = node.peer(), p2 = node.peer();
  node.control(p2);
  node.subscribe(p1, n("t", 4), 1);
  check_one(node.control(p2), Kind::subscribe, n("t", 4), 1, 7);
  node.lose(p1);
  node.regain(p1);
  node.control(p2);
  node.subscribe(p1, n("t", 4), 2);
  const auto told = node.control(p2);
  REQUIRE(told.size() == 2);
  CHECK(told[0].kind == Kind::unsubscribe);
  CHECK(told[0].id == 1);
  CHECK(told[1].kind == Kind::subscribe);
  CHECK(told[1].id == 2);
}

TEST_CASE("17.5/82: a peer that joins hears of every id that another peer has", "[forward]") {
  TestNode node;
  const LinkRef p1 = node.peer();
  node.subscribe(p1, n("t", 4), 1);
  node.subscribe(p1, n("t", 4), 2);
  const LinkRef p2 = node.peer();
  CHECK(node.control(p2).size() == 2);
  node.unsubscribe(p1, n("t", 4), 1);
  check_one(node.control(p2), Kind::unsubscribe, n("t", 4), 1, 7);
}

TEST_CASE("12: a link that flaps gets the whole time again to announce its routes", "[forward]") {
  TestNode node;
  const LinkRef p1 = node.peer(), e1 = node.edge();
  node.subscribe(p1, n("t", 4), 1);
  node.lose(p1);
  node.regain(p1);
  node.advance(4s);
  node.lose(p1);
  node.advance(900ms);
  node.regain(p1);
  node.advance(4s);
  node.publish(e1, n("t", 4));
  CHECK(node.deliveries() == std::vector{p1});
  node.advance(2s);
  node.publish(e1, n("t", 4));
  CHECK(node.deliveries().empty());
}
