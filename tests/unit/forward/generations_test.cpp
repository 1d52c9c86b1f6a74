// docs/protocol/forwarding.md 15: neighbours of several generations at one node.
#include <slim/wire/control.hpp>
#include <slim/wire/pb.hpp>

#include "support/catch.hpp"
#include "support/test_node.hpp"

using namespace slim;
using namespace slim::test;
using forward::DropReason;
using forward::LinkRef;
using forward::LinkTraits;
using wire::Dialect;
using wire::Kind;

namespace {

LinkTraits traits(Dialect dialect, bool counts_repeats = false) {
  return {.generation = wire::generation_of(dialect),
          .dialect = dialect,
          .counts_repeats = counts_repeats};
}

std::string subscription(Dialect dialect, Kind kind, const name::Name& name, std::uint64_t id = 0) {
  return wire::encode_subscription(dialect, {kind, name, name, "tok", id}).value();
}

/// Of B or C, which differ in their names alone as far as this goes.
std::string publish(Dialect dialect, const name::Name& to) {
  wire::pb::Writer header;
  header.text(1, wire::encode_name(dialect, n("sender", 1)));
  header.text(2, wire::encode_name(dialect, to));
  header.varint(3, 1);
  wire::pb::Writer session, member, message;
  session.varint(1, 1);
  member.message(1, header);
  member.message(2, session);
  message.message(3, member);
  return std::move(message).take();
}

std::uint64_t drops(const TestNode& node, DropReason reason) {
  std::uint64_t sum = 0;
  for (const auto& counter : node.counters.dropped[static_cast<std::size_t>(reason)]) {
    sum += counter.value();
  }
  return sum;
}

}  // namespace

TEST_CASE("15: a name is subscribed in one generation alone", "[forward]") {
  TestNode node;
  const LinkRef b = node.up(traits(Dialect::b)), c = node.up(traits(Dialect::c)), d = node.edge();
  const LinkRef from_b = node.up(traits(Dialect::b)), from_c = node.up(traits(Dialect::c));
  const LinkRef from_d = node.edge();
  node.receive(b, subscription(Dialect::b, Kind::subscribe, n("t", 4)));
  node.receive(c, subscription(Dialect::c, Kind::subscribe, n("t", 4)));
  node.subscribe(d, n("t", 4), 1);
  node.receive(from_b, publish(Dialect::b, n("t", 4)));
  CHECK(node.deliveries() == std::vector{b});
  node.receive(from_c, publish(Dialect::c, n("t", 4)));
  CHECK(node.deliveries() == std::vector{c});
  node.publish(from_d, n("t", 4));
  CHECK(node.deliveries() == std::vector{d});
}

TEST_CASE("15: what only another generation subscribed is counted as that", "[forward]") {
  TestNode node;
  const LinkRef b = node.up(traits(Dialect::b)), d = node.edge();
  node.receive(b, subscription(Dialect::b, Kind::subscribe, n("t", 4)));
  node.publish(d, n("t", 4));
  CHECK(node.deliveries().empty());
  CHECK(drops(node, DropReason::other_generation) == 1);
  CHECK(drops(node, DropReason::no_route) == 0);
  node.publish(d, n("u", 4));
  CHECK(drops(node, DropReason::no_route) == 1);
}

TEST_CASE("15: releases 1.0 and 1.1 take back each Subscribe, those before all at once",
          "[forward]") {
  for (const bool counted : {true, false}) {
    TestNode node;
    const Dialect dialect = counted ? Dialect::c : Dialect::b;
    const LinkRef link = node.up(traits(dialect, counted)), from = node.up(traits(dialect));
    for (int i = 0; i < 3; ++i) {
      node.receive(link, subscription(dialect, Kind::subscribe, n("t", 4)));
    }
    node.receive(link, subscription(dialect, Kind::unsubscribe, n("t", 4)));
    node.receive(from, publish(dialect, n("t", 4)));
    CHECK(node.deliveries().size() == (counted ? 1 : 0));
    if (!counted) continue;
    node.receive(link, subscription(dialect, Kind::unsubscribe, n("t", 4)));
    node.receive(link, subscription(dialect, Kind::unsubscribe, n("t", 4)));
    node.receive(from, publish(dialect, n("t", 4)));
    CHECK(node.deliveries().empty());
  }
}

TEST_CASE("15: with an id a Subscribe of generation C is acknowledged, without it is not",
          "[forward]") {
  TestNode node;
  const LinkRef link = node.up(traits(Dialect::c));
  const auto with =
      node.receive(link, subscription(Dialect::c, Kind::subscribe, n("t", 4), 42)).ack;
  REQUIRE(with);
  CHECK(with->subscription_id == 42);
  CHECK(with->success);
  CHECK_FALSE(node.receive(link, subscription(Dialect::c, Kind::subscribe, n("u", 4))).ack);
}

TEST_CASE("15: peers are told nothing of older generations", "[forward]") {
  TestNode node;
  const LinkRef peer = node.peer(), link = node.up(traits(Dialect::c));
  node.control(peer);
  node.receive(link, subscription(Dialect::c, Kind::subscribe, n("t", 4), 1));
  CHECK(node.control(peer).empty());
}

TEST_CASE("12: generations A and B subscribe the name that they spell out", "[forward]") {
  TestNode node;
  for (const Dialect dialect : {Dialect::a3, Dialect::a5, Dialect::b}) {
    const LinkRef link = node.up(traits(dialect));
    name::Name misspelt = n("t", 4);
    // The header's hashes are of another name than the strings: encode_subscription() hashes these.
    misspelt.hashes = n("other", 4).hashes;
    node.receive(link, subscription(dialect, Kind::subscribe, misspelt));
    const auto hashes = wire::hashes_of(dialect, n("t", 4).parts);
    const auto generation = wire::generation_of(dialect);
    CHECK_FALSE(node.router.table().find(generation, hashes, n("t", 4).id).empty());
    node.close(link);
  }
}
