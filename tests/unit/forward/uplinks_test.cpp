// docs/uplinks.md, what one node decides.
#include <slim/wire/control.hpp>

#include "support/catch.hpp"
#include "support/test_node.hpp"

using namespace slim;
using namespace slim::test;
using forward::LinkRef;
using forward::LinkTraits;
using forward::UplinkRules;
using wire::Dialect;
using wire::Kind;

namespace {

LinkTraits uplink(UplinkRules rules = {}, Dialect dialect = Dialect::d) {
  return {.generation = wire::generation_of(dialect),
          .dialect = dialect,
          .uplink = std::make_shared<const UplinkRules>(std::move(rules))};
}

/// Without the name that finds cycles, which each uplink begins with.
std::vector<Control> told(TestNode& node, LinkRef link) {
  std::vector<Control> out;
  for (Control& c : node.control(link)) {
    if (c.name.parts[0] != "slimd-uplink") out.push_back(std::move(c));
  }
  return out;
}

}  // namespace

TEST_CASE("Uplinks: names are subscribed there once, and withdrawn with the last that has them",
          "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge();
  node.subscribe(e1, n("before", 1), 1);
  const LinkRef up = node.up(uplink());
  auto list = told(node, up);
  REQUIRE(list.size() == 1);
  CHECK(list[0].name == n("before", 1));
  CHECK(list[0].id != 0);
  node.subscribe(e1, n("t", 4), 2);
  node.subscribe(e2, n("t", 4), 3);
  const auto news = told(node, up);
  REQUIRE(news.size() == 1);
  CHECK(news[0].kind == Kind::subscribe);
  node.unsubscribe(e1, n("t", 4), 2);
  CHECK(told(node, up).empty());
  node.close(e2);
  const auto gone = told(node, up);
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].kind == Kind::unsubscribe);
  CHECK(gone[0].id == news[0].id);
}

TEST_CASE("Uplinks: a Subscribe is acknowledged when the other node has", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), up = node.up(uplink());
  told(node, up);
  CHECK_FALSE(node.subscribe(e1, n("t", 4), 7));
  node.ack(up, told(node, up).at(0).id);
  const auto acks = node.control(e1);
  REQUIRE(acks.size() == 1);
  CHECK(acks[0].id == 7);
  CHECK(acks[0].success);
}

TEST_CASE("Uplinks: after a reconnect all names are subscribed anew", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), up = node.up(uplink());
  node.subscribe(e1, n("t", 4), 1);
  CHECK(told(node, up).size() == 1);
  node.lose(up);
  node.subscribe(e1, n("u", 4), 2);
  node.router.link_up(up, uplink());
  CHECK(told(node, up).size() == 2);
}

TEST_CASE("Uplinks: nobody waits for one that is down", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), up = node.up(uplink());
  node.lose(up);
  const auto ack = node.subscribe(e1, n("t", 4), 7);
  REQUIRE(ack);
  CHECK(ack->success);
  CHECK(node.unsubscribe(e1, n("t", 4), 7));
}

TEST_CASE("Uplinks: a multicast goes once to one that subscribed the name itself", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), up = node.up(uplink());
  node.subscribe(up, n("t", 4), 1);
  node.publish(e1, n("t", 4), {.fanout = 256});
  CHECK(node.deliveries() == std::vector{up});
}

TEST_CASE("Uplinks: what nobody here has goes there, a multicast in any case", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge(), up = node.up(uplink());
  node.publish(e1, n("t", 4));
  CHECK(node.deliveries() == std::vector{up});
  node.subscribe(e2, n("t", 4), 1);
  node.publish(e1, n("t", 4));
  CHECK(node.deliveries() == std::vector{e2});
  node.publish(e1, n("t", 4), {.fanout = 256});
  CHECK(node.deliveries() == std::vector{e2, up});
  node.publish(e2, n("t", 4));
  CHECK(node.deliveries() == std::vector{up});
}

TEST_CASE("Uplinks: nothing goes back, nor over another one", "[forward]") {
  TestNode node;
  const LinkRef up = node.up(uplink()), other = node.up(uplink());
  node.publish(up, n("t", 4));
  node.publish(up, n("t", 4), {.fanout = 256});
  CHECK(node.deliveries().empty());
  node.subscribe(up, n("t", 4), 1);
  CHECK(told(node, other).empty());
}

TEST_CASE("Uplinks: one that is down is passed over", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), up = node.up(uplink()), other = node.up(uplink());
  node.lose(up);
  node.publish(e1, n("t", 4));
  CHECK(node.deliveries() == std::vector{other});
}

TEST_CASE("Uplinks: rules bound what is told and what is sent", "[forward]") {
  TestNode node;
  const forward::NamePrefix t{3, n("t", 4).parts}, other{1, {"other", "", ""}};
  const LinkRef e1 = node.edge(), up = node.up(uplink({{t}, {t}})),
                no = node.up(uplink({{other}, {other}}));
  node.subscribe(e1, n("t", 4), 1);
  node.subscribe(e1, n("u", 4), 2);
  CHECK(told(node, up).size() == 1);
  CHECK(told(node, no).empty());
  const LinkRef e2 = node.edge();
  node.publish(e2, n("t", 5));
  CHECK(node.deliveries() == std::vector{up});
  node.publish(e2, n("v", 5));
  CHECK(node.deliveries().empty());
}

TEST_CASE("Uplinks: each carries its own generation", "[forward]") {
  for (const Dialect dialect : {Dialect::a3, Dialect::a5, Dialect::b, Dialect::c}) {
    TestNode node;
    LinkTraits neighbour = uplink({}, dialect);
    neighbour.uplink = nullptr;
    const LinkRef up = node.up(uplink({}, dialect)), e1 = node.edge(), old = node.up(neighbour);
    node.control(up);
    node.subscribe(e1, n("t", 4), 1);
    CHECK(told(node, up).empty());
    node.receive(
        old,
        wire::encode_subscription(dialect, {Kind::subscribe, n("t", 4), n("t", 4), "", 0}).value());
    CHECK(node.control(up).size() == 1);
    node.publish(e1, n("far", 4));
    CHECK(node.deliveries().empty());
  }
}

TEST_CASE("Uplinks: the name that finds cycles ends its uplink when it comes back", "[forward]") {
  TestNode node;
  const LinkRef up = node.up(uplink({{{1, {"only", "", ""}}}, {}})), e1 = node.edge();
  const auto first = node.control(up);
  REQUIRE(first.size() == 1);
  CHECK(first[0].name.parts[0] == "slimd-uplink");
  // Another node's is passed on, whatever the rules say.
  const auto foreign = name::make_name("slimd-uplink", "somebody", "cycle", {0, 1});
  node.subscribe(e1, foreign, 5);
  CHECK(node.control(up).size() == 1);
  const auto ack = node.subscribe(e1, first[0].name, 6);
  REQUIRE(ack);
  CHECK_FALSE(ack->success);
  std::vector<std::string> out;
  CHECK(node.router.drain(up, 1000, out) == forward::Router::Drained::cycle);
}
