// What explain() says is what the forwarder then does.
#include <algorithm>
#include <random>
#include <set>

#include <slim/forward/explain.hpp>

#include "support/catch.hpp"
#include "support/test_node.hpp"

using namespace slim;
using namespace slim::test;
using forward::DropReason;
using forward::LinkRef;
using forward::LinkType;
using Kind = forward::Verdict::Kind;

namespace {

constexpr std::uint32_t kAll = 256;

struct Asker {
  TestNode& node;
  base::EpochReader& reader = node.epochs.add_reader();
  bool relay = true;

  forward::Explanation operator()(LinkRef from, const name::Name& to, std::uint32_t fanout = 1) {
    return forward::explain(node.router, reader, relay, {to, wire::Generation::d, fanout, from});
  }
};

std::set<LinkRef> with(const forward::Explanation& told, std::initializer_list<Kind> kinds) {
  std::set<LinkRef> out;
  for (const auto& verdict : told.links) {
    if (std::find(kinds.begin(), kinds.end(), verdict.kind) != kinds.end())
      out.insert(verdict.link);
  }
  return out;
}

std::uint64_t dropped(TestNode& node, DropReason reason) {
  std::uint64_t sum = 0;
  for (const auto& counter : node.counters.dropped[static_cast<std::size_t>(reason)]) {
    sum += counter.value();
  }
  return sum;
}

}  // namespace

TEST_CASE("a name that nobody has is not routed", "[forward]") {
  TestNode node;
  Asker ask{node};
  const auto told = ask({}, n("nobody"));
  CHECK(told.drop == DropReason::no_route);
  CHECK(told.links.empty());
  CHECK(told.text == "dropped: no_route");
}

TEST_CASE("only a neighbour of another generation has the name", "[forward]") {
  TestNode node;
  Asker ask{node};
  const LinkRef e1 = node.edge();
  node.subscribe(e1, n("n"), 1);
  const auto told =
      forward::explain(node.router, ask.reader, true, {n("n"), wire::Generation::c, 1, LinkRef{}});
  CHECK(told.drop == DropReason::other_generation);
  CHECK(with(told, {Kind::other_generation}) == std::set{e1});
}

TEST_CASE("a link that is being dialled again is told as such", "[forward]") {
  TestNode node;
  Asker ask{node};
  const LinkRef e1 = node.edge();
  node.subscribe(e1, n("n"), 1);
  node.lose(e1);
  const auto told = ask({}, n("n"));
  CHECK(told.drop == DropReason::connection_gone);
  CHECK(with(told, {Kind::is_down}) == std::set{e1});
}

TEST_CASE("asking moves nobody's turn on", "[forward]") {
  TestNode node;
  Asker ask{node};
  const LinkRef e1 = node.edge(), e2 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n"), 1);
  node.subscribe(e2, n("n"), 1);
  node.publish(e9, n("n"));
  const auto first = node.deliveries();
  for (int i = 0; i < 3; ++i) CHECK(ask(e9, n("n")).links.size() == 2);
  node.publish(e9, n("n"));
  CHECK(node.deliveries() != first);
}

TEST_CASE("explanations agree with what happens, over many tables", "[forward]") {
  std::mt19937 random(7);
  const auto below = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
  for (int round = 0; round < 300; ++round) {
    const bool relay = below(2) == 0;
    TestNode node({}, {.relay_between_peers = relay});
    Asker ask{node};
    ask.relay = relay;
    std::vector<LinkRef> links;
    for (unsigned i = 0; i < 6; ++i) {
      constexpr LinkType kTypes[] = {LinkType::remote, LinkType::peer, LinkType::edge};
      links.push_back(node.up(kTypes[below(3)]));
    }
    for (std::uint64_t id = 1; id <= below(8); ++id) {
      node.subscribe(links[below(6)], below(2) == 0 ? n("n") : n("n", below(2)), id);
    }
    if (below(4) == 0) node.lose(links[below(6)]);
    node.deliveries();
    for (int question = 0; question < 4; ++question) {
      const LinkRef from = links[below(6)];
      const name::Name to = below(2) == 0 ? n("n") : n("n", below(2));
      const std::uint32_t fanout = below(2) == 0 ? 1 : kAll;
      const auto told = ask(from, to, fanout);
      const std::uint64_t before = told.drop ? dropped(node, *told.drop) : 0;
      node.publish(from, to, {.fanout = fanout});
      const auto got = node.deliveries();
      const auto expected = with(told, {Kind::gets_it, Kind::in_turn});
      INFO("round " << round << ": " << told.text);
      if (told.drop) {
        CHECK(got.empty());
        CHECK(dropped(node, *told.drop) == before + 1);
      } else if (fanout == 1) {
        REQUIRE(got.size() == 1);
        CHECK(expected.count(got.front()) == 1);
      } else {
        CHECK(std::set(got.begin(), got.end()) == expected);
      }
    }
  }
}
