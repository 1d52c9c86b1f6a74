// docs/protocol/forwarding.md 17.3, what does not need a link's key: numbered as there.
#include "support/catch.hpp"
#include "support/test_node.hpp"

using namespace slim;
using namespace slim::test;
using forward::LinkRef;

namespace {

wire::MessageView decoded(const std::string& message) {
  wire::MessageView view;
  REQUIRE(wire::decode_d(base::as_bytes(message), view) == wire::DecodeError::none);
  return view;
}

std::uint64_t drops(TestNode& node, forward::DropReason reason) {
  std::uint64_t sum = 0;
  for (const auto& counter : node.counters.dropped[static_cast<std::size_t>(reason)]) {
    sum += counter.value();
  }
  return sum;
}

}  // namespace

TEST_CASE("17.3/52, 53: a hop is taken off, and the last one is not passed on", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n", 1), 1);
  node.publish(e9, n("n", 1), {.ttl = 2});
  const auto got = node.delivered_messages();
  REQUIRE(got.size() == 1);
  CHECK(decoded(got[0].bytes).header.ttl == 1);
  node.publish(e9, n("n", 1), {.ttl = 1});
  node.publish(e9, n("n", 1), {.ttl = 0});
  CHECK(node.deliveries().empty());
  CHECK(drops(node, forward::DropReason::ttl_expired) == 2);
}

TEST_CASE("17.3/55: fanout stays, a hop goes, incoming_conn is the arrival link's index",
          "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n", 1), 1);
  node.publish(e9, n("n", 1), {.fanout = 256});
  const auto got = node.delivered_messages();
  REQUIRE(got.size() == 1);
  const auto view = decoded(got[0].bytes);
  CHECK(view.header.fanout == 256);
  CHECK(view.header.ttl == 7);
  // incoming_conn is field 9; the rewritten header ends with it here
  const std::string ends{'\x48', static_cast<char>(e9.index())};
  CHECK(got[0].bytes.find(ends) != std::string::npos);
}

TEST_CASE("17.3/60: a publish without session header is dropped", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n", 1), 1);
  node.publish(e9, n("n", 1), {.session = false});
  CHECK(node.deliveries().empty());
  CHECK(drops(node, forward::DropReason::invalid) == 1);
}

TEST_CASE("A publish from the network with forward_to goes where its name leads", "[forward]") {
  TestNode node;
  const LinkRef e1 = node.edge(), e2 = node.edge(), e9 = node.edge();
  node.subscribe(e1, n("n", 1), 1);
  node.publish(e9, n("n", 1), {.forward_to = e2.index()});
  CHECK(node.deliveries() == std::vector<LinkRef>{e1});
}

TEST_CASE("A local publish with forward_to goes there and loses no hop", "[forward]") {
  TestNode node;
  const LinkRef l1 = node.local(), e1 = node.edge();
  node.publish(l1, n("n", 1), {.forward_to = e1.index()});
  const auto got = node.delivered_messages();
  REQUIRE(got.size() == 1);
  CHECK(got[0].to == e1);
  CHECK(decoded(got[0].bytes).header.ttl == 8);
  CHECK_FALSE(decoded(got[0].bytes).header.has_forward_to);
  node.publish(l1, n("n", 1), {.forward_to = 99});
  CHECK(node.last_error == "connection not found: 99");
}
