// docs/protocol/forwarding.md 17.2: one case a scenario, numbered as there.
#include "support/catch.hpp"
#include "support/test_node.hpp"

using namespace slim;
using namespace slim::test;
using namespace std::chrono_literals;
using forward::LinkRef;
using Links = std::vector<LinkRef>;
using wire::Kind;

namespace {

void check_success(const std::optional<wire::SubscriptionAck>& ack, std::uint64_t id) {
  REQUIRE(ack);
  CHECK(ack->subscription_id == id);
  CHECK(ack->success);
  CHECK(ack->error.empty());
}

void check_failure(const std::optional<wire::SubscriptionAck>& ack, std::uint64_t id,
                   const std::string& text) {
  REQUIRE(ack);
  CHECK(ack->subscription_id == id);
  CHECK_FALSE(ack->success);
  CHECK(ack->error == text);
}

bool reaches(TestNode& node, LinkRef from, const name::Name& name, const Links& expected) {
  node.publish(from, name, {.fanout = 256});
  return node.deliveries() == expected;
}

}  // namespace

TEST_CASE("17.2/30, 31: an id is acknowledged, none is not, both route", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  check_success(node.subscribe(e1, n("n", 1), 11), 11);
  CHECK_FALSE(node.subscribe(e1, n("m", 1), 0));
  CHECK(reaches(node, e9, n("m", 1), {e1}));
}

TEST_CASE("17.2/32: a repeated id counts once", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  for (int i = 0; i < 3; ++i) check_success(node.subscribe(e1, n("n", 1), 100), 100);
  check_success(node.unsubscribe(e1, n("n", 1), 100), 100);
  CHECK(reaches(node, e9, n("n", 1), {}));
}

TEST_CASE("17.2/33: a name stays until its last id goes", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  for (const std::uint64_t id : {201U, 202U, 203U}) node.subscribe(e1, n("n", 1), id);
  node.unsubscribe(e1, n("n", 1), 201);
  node.unsubscribe(e1, n("n", 1), 202);
  CHECK(reaches(node, e9, n("n", 1), {e1}));
  node.unsubscribe(e1, n("n", 1), 203);
  CHECK(reaches(node, e9, n("n", 1), {}));
}

TEST_CASE("17.2/34, 35, 36: refusals say what is missing", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n", 1), 11);
  check_failure(node.unsubscribe(e1, n("n", 1), 99), 99, "subscription id not found: 99");
  CHECK(reaches(node, e9, n("n", 1), {e1}));
  check_failure(node.unsubscribe(e1, n("n", 77), 99), 99,
                "id not found: 00000000-0000-0000-0000-00000000004d");
  check_failure(node.unsubscribe(e1, n("n"), 99), 99, "id not found: NULL_COMPONENT");
  check_failure(node.unsubscribe(e1, n("other", 1), 99), 99, "subscription not found");
}

TEST_CASE("17.2/37: a second Unsubscribe fails by what is left", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge();
  SECTION("another link on the name") {
    node.subscribe(e1, n("n", 1), 11);
    node.subscribe(e2, n("n", 1), 12);
    check_success(node.unsubscribe(e1, n("n", 1), 11), 11);
    check_failure(node.unsubscribe(e1, n("n", 1), 11), 11, "subscription id not found: 11");
  }
  SECTION("only other ids under the prefix") {
    node.subscribe(e1, n("n", 1), 11);
    node.subscribe(e2, n("n", 2), 12);
    check_success(node.unsubscribe(e1, n("n", 1), 11), 11);
    check_failure(node.unsubscribe(e1, n("n", 1), 11), 11,
                  "id not found: 00000000-0000-0000-0000-000000000001");
  }
  SECTION("nothing under the prefix") {
    node.subscribe(e1, n("n", 1), 11);
    check_success(node.unsubscribe(e1, n("n", 1), 11), 11);
    check_failure(node.unsubscribe(e1, n("n", 1), 11), 11, "subscription not found");
  }
}

TEST_CASE("17.2/38: ids belong to their link", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n", 1), 5);
  node.subscribe(e2, n("n", 1), 5);
  node.unsubscribe(e1, n("n", 1), 5);
  CHECK(reaches(node, e9, n("n", 1), {e2}));
}

TEST_CASE("17.2/39, 40, 41: a disconnect takes all of a link's records and no other", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge(), e9 = node.edge();
  for (const std::uint64_t id : {301U, 302U, 303U}) node.subscribe(e1, n("n", 1), id);
  node.subscribe(e2, n("n", 1), 304);
  node.subscribe(e1, n("x", 1), 0);
  node.subscribe(e1, n("y", 1), 0);
  node.subscribe(e2, n("z", 1), 0);
  node.close(e1);
  CHECK(reaches(node, e9, n("n", 1), {e2}));
  CHECK(reaches(node, e9, n("x", 1), {}));
  CHECK(reaches(node, e9, n("y", 1), {}));
  CHECK(reaches(node, e9, n("z", 1), {e2}));
  CHECK(node.router.statistics().records == 2);
}

TEST_CASE("17.2/42: a local route goes with its last id, then the next type serves", "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), r = node.remote(), e9 = node.edge();
  node.subscribe(l1, n("n"), 401);
  node.subscribe(l1, n("n"), 402);
  node.subscribe(r, n("n"), 403);
  node.unsubscribe(l1, n("n"), 401);
  node.publish(e9, n("n"));
  CHECK(node.deliveries() == Links{l1});
  node.unsubscribe(l1, n("n"), 402);
  node.publish(e9, n("n"));
  CHECK(node.deliveries() == Links{r});
}

TEST_CASE("17.2/43: a route to a link that does not exist is refused", "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local();
  check_failure(node.subscribe(l1, n("n", 1), 7, {.recv_from = 999}), 7,
                "connection not found: 999");
  CHECK_FALSE(node.subscribe(l1, n("n", 1), 0, {.recv_from = 999}));
  CHECK(node.last_error == "connection not found: 999");
}

TEST_CASE("17.2/44: a route to another application is acknowledged and ignored", "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), l2 = node.local(), e9 = node.edge();
  check_success(node.subscribe(l1, n("n", 1), 7, {.recv_from = l2.index()}), 7);
  CHECK(reaches(node, e9, n("n", 1), {}));
}

TEST_CASE("17.2/45: an application's route sends nothing to the link that it names", "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), e1 = node.edge();
  check_success(node.subscribe(l1, n("n"), 7, {.recv_from = e1.index()}), 7);
  node.publish(l1, n("n"));
  CHECK(node.deliveries() == Links{e1});
  CHECK(node.control(e1).empty());
}

TEST_CASE("17.2/46, 47: a subscription sent on is acknowledged by the neighbour's answer",
          "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), e1 = node.edge();
  CHECK_FALSE(node.subscribe(l1, n("n", 1), 100, {.forward_to = e1.index()}));
  const auto sent = node.control(e1);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].kind == Kind::subscribe);
  CHECK(sent[0].name == n("n", 1));
  CHECK(sent[0].id == 100);
  CHECK(sent[0].identity == "token");
  CHECK_FALSE(sent[0].has_instructions);
  CHECK(node.control(l1).empty());
  SECTION("success") {
    node.ack(e1, 100);
    const auto acks = node.control(l1);
    REQUIRE(acks.size() == 1);
    CHECK(acks[0].success);
  }
  SECTION("refusal") {
    node.ack(e1, 100, false, "x");
    const auto acks = node.control(l1);
    REQUIRE(acks.size() == 1);
    CHECK_FALSE(acks[0].success);
    CHECK_FALSE(acks[0].error.empty());
  }
}

TEST_CASE("17.2/48: a silent neighbour is asked again at 5, 10 and 15 s, for 20 s", "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), e1 = node.edge();
  node.subscribe(l1, n("n", 1), 100, {.forward_to = e1.index()});
  CHECK(node.control(e1).size() == 1);
  for (int i = 0; i < 3; ++i) {
    node.advance(4999ms);
    CHECK(node.control(e1).empty());
    node.advance(1ms);
    CHECK(node.control(e1).size() == 1);
    CHECK(node.control(l1).empty());
  }
  node.advance(5s);
  CHECK(node.control(e1).empty());
  const auto acks = node.control(l1);
  REQUIRE(acks.size() == 1);
  CHECK_FALSE(acks[0].success);
  CHECK(acks[0].error == "remote subscription ack error");
}

TEST_CASE("17.2/49: after a reconnect the neighbour gets the subscription again, with id 0",
          "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), e1 = node.edge();
  node.subscribe(l1, n("n", 1), 100, {.forward_to = e1.index()});
  node.subscribe(l1, n("m", 1), 101, {.forward_to = e1.index()});
  node.ack(e1, 100);
  node.ack(e1, 101);
  node.unsubscribe(l1, n("m", 1), 101, {.forward_to = e1.index()});
  node.ack(e1, 101);
  node.control(e1);
  node.lose(e1);
  node.regain(e1);
  const auto sent = node.control(e1);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].kind == Kind::subscribe);
  CHECK(sent[0].name == n("n", 1));
  CHECK(sent[0].id == 0);
  CHECK(sent[0].ttl == 8);
  CHECK(sent[0].identity == "token");
}

TEST_CASE("17.2/50: a replayed record answers for the id that it had before", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n", 1), 0);
  check_success(node.unsubscribe(e1, n("n", 1), 100), 100);
  CHECK(reaches(node, e9, n("n", 1), {}));
}

TEST_CASE("4.4: id 0 removes all records of a name", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n", 1), 5);
  node.subscribe(e1, n("n", 1), 6);
  CHECK_FALSE(node.unsubscribe(e1, n("n", 1), 0));
  CHECK(reaches(node, e9, n("n", 1), {}));
}

TEST_CASE("17.3/54: a Subscribe at the end of its hops leaves no trace", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  CHECK_FALSE(node.subscribe(e1, n("n", 1), 14, {.ttl = 1}));
  CHECK(reaches(node, e9, n("n", 1), {}));
}

TEST_CASE("17.3/65: instructions in a Subscribe from the network are ignored", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge(), e9 = node.edge();
  check_success(
      node.subscribe(e1, n("n", 1), 7, {.recv_from = e2.index(), .forward_to = e2.index()}), 7);
  CHECK(reaches(node, e9, n("n", 1), {e1}));
  CHECK(node.control(e2).empty());
}

TEST_CASE("Limits: a subscription too many is refused with its reason, the others stay",
          "[forward]") {
  TestNode node(
      {.table = {.subscriptions_per_link = 2, .subscriptions_total = 3}, .max_name_bytes = 20});
  const LinkRef e1 = node.edge(), e2 = node.edge();
  node.subscribe(e1, n("a", 1), 1);
  node.subscribe(e1, n("b", 1), 2);
  check_failure(node.subscribe(e1, n("c", 1), 3), 3,
                "subscription limit of the connection reached");
  check_success(node.subscribe(e2, n("c", 1), 1), 1);
  check_failure(node.subscribe(e2, n("d", 1), 2), 2, "subscription limit of the node reached");
  check_failure(node.subscribe(e2, n(std::string(16, 'x')), 3), 3, "name is too long");
  check_success(node.unsubscribe(e1, n("a", 1), 1), 1);
  check_success(node.subscribe(e2, n("d", 1), 4), 4);
}

TEST_CASE("A link with many records goes in slices, and its index is reused only after the last",
          "[forward]") {
  TestNode node({.cleanup_slice = 10});
  const LinkRef e1 = node.edge(), e9 = node.edge();
  for (std::uint64_t i = 0; i < 35; ++i) node.subscribe(e1, n("n", i), 1);
  node.close(e1);
  CHECK(node.router.statistics().records == 25);
  const LinkRef other = node.edge();
  CHECK(other.index() != e1.index());
  CHECK(reaches(node, e9, n("n", 30), {}));
  node.advance(1ms);
  CHECK(node.router.statistics().records == 0);
  CHECK(node.edge().index() == e1.index());
}

TEST_CASE("Link indices: the most recently freed is used first, under another reference",
          "[forward]") {
  TestNode node;
  const LinkRef a = node.edge(), b = node.edge();
  CHECK(a.index() == 0);
  CHECK(b.index() == 1);
  node.close(a);
  node.close(b);
  const LinkRef c = node.edge();
  CHECK(c.index() == 1);
  CHECK(c != b);
  CHECK(node.router.links().readiness(b) == forward::Readiness::gone);
  CHECK(node.router.links().readiness(c) == forward::Readiness::ready);
}
