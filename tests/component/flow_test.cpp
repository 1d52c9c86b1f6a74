// Headers that repeat on a link: verdict and tag are kept, and mean no more than they did.
#include <slim/wire/message.hpp>

#include "support/catch.hpp"
#include "support/topology.hpp"

using namespace slim;
using namespace slim::test;

namespace {

struct Pair {
  World w;
  WorldNode& node = w.node("n");
  WireClient receiver{w, node}, other{w, node}, sender{w, node};
  Pair() {
    receiver.subscribe(n("x", 1), 1);
    other.subscribe(n("x", 1), 2);
    w.settle();
  }
};

std::string with_flipped_tag(std::string message) {
  wire::MessageView view;
  REQUIRE(wire::decode_d(base::as_bytes(message), view) == wire::DecodeError::none);
  message[view.header.mac.offset + 7] = static_cast<char>(message[view.header.mac.offset + 7] ^ 1);
  return message;
}

}  // namespace

TEST_CASE("Flows: a header that repeats arrives with a right tag each time", "[component]") {
  Pair p;
  for (int i = 0; i < 5; ++i) p.sender.publish(n("x", 1), {.fanout = 256});
  p.w.settle();
  CHECK(p.receiver.publishes.size() == 5);
  CHECK(p.other.publishes.size() == 5);
  CHECK(p.receiver.bad_tags + p.other.bad_tags == 0);
}

TEST_CASE("Flows: a wrong tag after a known header is still wrong, and changes nothing",
          "[component]") {
  Pair p;
  const std::string good = p.sender.sign(make_publish(n("x", 1), {.fanout = 256}));
  for (int i = 0; i < 3; ++i) p.sender.send_raw(good);
  p.sender.send_raw(with_flipped_tag(good));
  for (int i = 0; i < 3; ++i) p.sender.send_raw(good);
  p.w.settle();
  CHECK(p.receiver.publishes.size() == 6);
  CHECK(p.receiver.bad_tags == 0);
  CHECK(p.node.hub->link_counters().mac_failures() == 1);
}

TEST_CASE("Flows: another link's copy of a known header is not known", "[component]") {
  Pair p;
  const std::string good = p.sender.sign(make_publish(n("x", 1), {.fanout = 256}));
  for (int i = 0; i < 3; ++i) p.sender.send_raw(good);
  p.w.settle();
  p.other.send_raw(good);
  p.w.settle();
  CHECK(p.receiver.publishes.size() == 3);
  CHECK(p.node.hub->link_counters().mac_failures() == 1);
}

TEST_CASE("Flows: senders in turn, and headers in turn, do not mix", "[component]") {
  Pair p;
  WireClient second(p.w, p.node);
  p.w.settle();
  for (int i = 0; i < 4; ++i) {
    p.sender.publish(n("x", 1), {.fanout = 256});
    second.publish(n("x", 1), {.fanout = 256});
    p.sender.publish(n("x", 1), {.fanout = 255});
    second.publish(n("x", 1), {.fanout = 256, .ttl = 5});
  }
  p.w.settle();
  CHECK(p.receiver.publishes.size() == 16);
  CHECK(p.receiver.bad_tags + p.other.bad_tags == 0);
}
