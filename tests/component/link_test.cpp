// Links over streams in memory: docs/protocol/forwarding.md 17.3 and 17.6, and what slow ones cost.
#include <set>

#include <slim/wire/link_negotiation.hpp>
#include <slim/wire/pb.hpp>

#include "support/catch.hpp"
#include "support/topology.hpp"

using namespace slim;
using namespace slim::test;
using namespace std::chrono_literals;
using forward::LinkType;
using transport::CloseReason;

namespace {

/// A stream to a node on which the test sends what it likes.
struct RawStream {
  MemoryStream* near;
  MemoryStream* far;
  RawStream(World& w, WorldNode& node, link::LinkOptions options = {}) {
    std::tie(near, far) = w.pipe();
    near->record = true;
    far->handler = node.hub->accept(*far, options);
  }
  void send(const std::string& message) const {
    std::copy(message.begin(), message.end(), near->append(message.size(), {}, {}));
  }
};

wire::LinkNegotiation request() {
  wire::LinkNegotiation r;
  r.link_id = "6f1c2b9e-0000-4000-8000-0123456789ab";
  r.version = "3.4.6";
  r.public_key = std::string(32, '\x09');
  r.connection_type = wire::ConnectionType::edge;
  return r;
}

std::uint64_t count(const std::array<base::Counter, forward::kLinkTypes>& counters) {
  std::uint64_t sum = 0;
  for (const auto& c : counters) sum += c.value();
  return sum;
}

std::uint64_t drops(WorldNode& node, forward::DropReason reason) {
  return count(node.hub->counters().dropped[static_cast<std::size_t>(reason)]);
}

}  // namespace

TEST_CASE("17.3/55, 58: tags are made anew for the next link, and one without is not passed",
          "[component]") {
  World w;
  WorldNode& node = w.node("n");
  WireClient e1(w, node), e9(w, node);
  e1.subscribe(n("x", 1), 1);
  w.settle();
  e9.publish(n("x", 1), {.fanout = 256});
  w.settle();
  CHECK(e1.publishes.size() == 1);
  CHECK(e1.bad_tags == 0);
  e9.send_raw(make_publish(n("x", 1)));
  w.settle();
  CHECK(e1.publishes.size() == 1);
  CHECK(drops(node, forward::DropReason::mac) == 1);
}

TEST_CASE("17.3/56: one flipped bit in a tag costs that message alone", "[component]") {
  World w;
  WorldNode& node = w.node("n");
  WireClient e1(w, node), e9(w, node);
  e1.subscribe(n("x", 1), 1);
  w.settle();
  std::string bad = e9.sign(make_publish(n("x", 1)));
  wire::MessageView view;
  REQUIRE(wire::decode_d(base::as_bytes(bad), view) == wire::DecodeError::none);
  bad[view.header.mac.offset + 7] = static_cast<char>(bad[view.header.mac.offset + 7] ^ 1);
  e9.send_raw(bad);
  e9.publish(n("x", 1));
  w.settle();
  CHECK(e1.publishes.size() == 1);
  CHECK_FALSE(e9.ended);
  CHECK(node.hub->link_counters().mac_failures() == 1);
}

TEST_CASE("17.3/57: a strict node takes no subscription without tag", "[component]") {
  World w;
  WorldNode& node = w.node("n");
  WireClient e1(w, node);
  e1.send_raw(make_subscription(wire::Kind::subscribe, n("x", 1), 12));
  w.settle();
  CHECK(e1.acks.empty());
  CHECK_FALSE(e1.ended);
}

TEST_CASE("17.3/59: peers are neither signed nor verified, and stale tags stay behind",
          "[component]") {
  World w;
  WorldNode& node = w.node("n");
  WireClient p1(w, node, LinkType::peer, {}, "p1"), p2(w, node, LinkType::peer, {}, "p2");
  WireClient e1(w, node);
  p1.subscribe(n("x", 1), 5, {.ttl = 2});
  w.settle();
  p2.publish(n("x", 1));
  e1.publish(n("x", 1));
  w.settle();
  REQUIRE(p1.publishes.size() == 2);
  for (const std::string& m : p1.publishes) {
    wire::MessageView view;
    REQUIRE(wire::decode_d(base::as_bytes(m), view) == wire::DecodeError::none);
    CHECK_FALSE(view.header.has_mac);
  }
}

TEST_CASE("17.3/61: a second Link is ignored", "[component]") {
  World w;
  WorldNode& node = w.node("n");
  WireClient e1(w, node);
  e1.send_raw(wire::encode_link(request()));
  e1.subscribe(n("x", 1), 45);
  w.settle();
  REQUIRE(e1.acks.size() == 1);
  CHECK(e1.acks[0].subscription_id == 45);
}

TEST_CASE("17.3/63: bad UTF-8 ends that stream, forwards nothing and harms nobody", "[component]") {
  World w;
  WorldNode& node = w.node("n");
  WireClient e1(w, node), bad(w, node), good(w, node);
  e1.subscribe(n("x", 1), 1);
  w.settle();
  PublishOptions options;
  options.payload = "\xff\xfe";  // a payload is bytes and may be anything
  good.publish(n("x", 1), options);
  std::string message = make_publish(n("x", 1));
  message.replace(message.find("token"), 5, "\xff\xfe\xfd\xfc\xfb");
  bad.send_raw(message);
  w.settle();
  CHECK(bad.ended);
  CHECK(bad.status.code == 0);
  CHECK(e1.publishes.size() == 1);
  CHECK_FALSE(e1.ended);
  CHECK(node.hub->link_counters().undecodable.value() == 1);
}

TEST_CASE("17.3/64: a message without member is ignored", "[component]") {
  World w;
  WorldNode& node = w.node("n");
  WireClient e1(w, node);
  e1.send_raw("");
  e1.send_raw("\x4a\x01x");  // field 9
  e1.subscribe(n("x", 1), 46);
  w.settle();
  CHECK(e1.acks.size() == 1);
}

TEST_CASE("17.6/92: a dialler that says nothing is cut after 5 s, with status OK", "[component]") {
  World w;
  WorldNode& node = w.node("n");
  RawStream raw(w, node, {.newest_only = true});
  w.advance(4999ms);
  CHECK_FALSE(raw.near->ended);
  w.advance(1ms);
  CHECK(raw.near->ended);
  CHECK(raw.near->status.code == 0);
  CHECK(raw.far->end_reason == CloseReason::negotiation_timeout);
}

TEST_CASE("17.6/93, 94, 95: what is no proper first message ends the stream without a reply",
          "[component]") {
  World w;
  WorldNode& node = w.node("n");
  auto no_key = request();
  no_key.public_key.clear();
  auto low_order = request();
  low_order.public_key = std::string(32, '\0');
  auto banana = request();
  banana.version = "banana";
  auto reply = request();
  reply.is_reply = true;
  auto no_id = request();
  no_id.link_id.clear();
  wire::pb::Writer empty;
  empty.text(5, "");
  for (const std::string& first :
       {make_subscription(wire::Kind::subscribe, n("x", 1), 1), make_publish(n("x", 1)),
        wire::encode_ack({5, true, ""}), std::string(empty.view().begin(), empty.view().end()),
        wire::encode_link(no_key), wire::encode_link(low_order), wire::encode_link(banana),
        wire::encode_link(reply), wire::encode_link(no_id)}) {
    INFO(base::to_hex(base::as_bytes(first)));
    RawStream raw(w, node, {.newest_only = true});
    raw.send(first);
    w.settle();
    CHECK(raw.near->ended);
    CHECK(raw.near->status.code == 0);
    CHECK(raw.near->seen.empty());
    CHECK(raw.far->end_reason == CloseReason::negotiation_failed);
  }
}

TEST_CASE("Negotiation: undecodable bytes end the stream, an unknown member is waited out",
          "[component]") {
  World w;
  WorldNode& node = w.node("n");
  RawStream garbage(w, node);
  garbage.send("\xff\xff");
  RawStream unknown(w, node);
  unknown.send("\x4a\x01x");
  w.settle();
  CHECK(garbage.far->end_reason == CloseReason::undecodable_message);
  CHECK_FALSE(unknown.near->ended);
  unknown.send(wire::encode_link(request()));
  w.settle();
  CHECK(unknown.near->seen.size() == 1);
}

TEST_CASE("17.6/96: any text is a link id and comes back; unknown types count as remote",
          "[component]") {
  World w;
  WorldNode& node = w.node("n");
  RawStream raw(w, node);
  auto r = request();
  r.link_id = "not-a-uuid";
  raw.send(wire::encode_link(r));
  w.settle();
  REQUIRE(raw.near->seen.size() == 1);
  wire::MessageView view;
  REQUIRE(wire::decode_d(base::as_bytes(raw.near->seen[0]), view) == wire::DecodeError::none);
  const auto reply = wire::decode_link(base::as_bytes(raw.near->seen[0]), view);
  REQUIRE(reply);
  CHECK(reply->link_id == "not-a-uuid");
  CHECK(reply->is_reply);
  CHECK(reply->node_id == "n");
  CHECK(reply->public_key.size() == 32);
  CHECK(wire::semver_major(reply->version) == 3);
}

TEST_CASE("A node that is not strict takes a link without key, and subscriptions without tag",
          "[component]") {
  World w;
  WorldNode& node = w.node("n");
  link::LinkOptions lax;
  lax.require_header_mac = false;
  RawStream raw(w, node, lax);
  auto r = request();
  r.public_key.clear();
  raw.send(wire::encode_link(r));
  raw.send(make_subscription(wire::Kind::subscribe, n("x", 1), 9));
  raw.send(make_publish(n("x", 1)));
  w.settle();
  CHECK_FALSE(raw.near->ended);
  CHECK(raw.near->seen.size() == 2);  // reply and ack; the publish came from the only subscriber
  // but a tag that cannot be checked is refused
  WireClient other(w, node);
  wire::pb::Writer tag;
  tag.text(11, std::string(32, 't'));
  std::string tagged = make_publish(n("x", 1));
  wire::MessageView view;
  REQUIRE(wire::decode_d(base::as_bytes(tagged), view) == wire::DecodeError::none);
  const std::string mac(32, 't');
  const wire::HopHeader hop{8, 0, base::as_bytes(mac).data()};
  const auto layout = wire::layout(view, hop);
  std::string out(layout.head, '\0');
  wire::write_head(view, base::as_bytes(tagged), hop, layout,
                   reinterpret_cast<base::Byte*>(out.data()));
  out += view.tail.text_in(base::as_bytes(tagged));
  raw.send(out);
  w.settle();
  CHECK(drops(node, forward::DropReason::mac) == 1);
}

TEST_CASE("17.6/98, 99: an edge dialler keeps its link through a loss, a remote one does not",
          "[component]") {
  World w;
  WorldNode& a = w.node("a");
  WorldNode& b = w.node("b");
  WorldLink& edge = w.link(a, b, LinkType::edge);
  WorldLink& remote = w.link(a, b, LinkType::remote);
  const auto links = a.router.statistics().links;
  edge.cut();
  remote.cut();
  w.settle();
  CHECK(a.router.statistics().links == links - 1);
  edge.dial();
  w.settle();
  CHECK(edge.up);
  CHECK(a.router.statistics().links == links - 1);
}

TEST_CASE("17.3/62: a message that grows over the limit on its way out is dropped alone",
          "[component]") {
  World w;
  WorldNode& node = w.node("n");
  link::LinkOptions roomy;
  roomy.queue_bytes = 64 * 1024 * 1024;
  WireClient e1(w, node, LinkType::edge, roomy), p1(w, node, LinkType::peer, roomy, "p1");
  e1.subscribe(n("x", 1), 1);
  w.settle();
  PublishOptions options;
  options.payload = std::string(wire::kMaxMessageSize, 'x');
  const std::size_t excess = make_publish(n("x", 1), options).size() - wire::kMaxMessageSize;
  options.payload.resize(options.payload.size() - excess);
  p1.publish(n("x", 1), options);  // exactly the limit, untagged; a tag makes it larger
  p1.publish(n("x", 1));
  w.settle();
  CHECK(e1.publishes.size() == 1);
  CHECK(drops(node, forward::DropReason::too_large) == 1);
}

// --- receivers that do not keep up ---

namespace {

struct Slow {
  World w;
  WorldNode& node = w.node("n");
  link::LinkOptions options = [] {
    link::LinkOptions o;
    o.queue_bytes = 64 * 1024;
    return o;
  }();
  WireClient slow{w, node, LinkType::edge, options};
  WireClient quick{w, node, LinkType::edge, options};
  WireClient publisher{w, node, LinkType::edge, options};
  PublishOptions big;

  Slow() {
    big.payload = std::string(8 * 1024, 'x');
    slow.subscribe(n("x", 1), 1);
    quick.subscribe(n("x", 2), 1);
    w.settle();
  }
  void stop_reading() { slow.stream->reads = false; }
};

}  // namespace

TEST_CASE(
    "Slow receiver: an anycast waits for it through the publisher's stream, and nothing is lost",
    "[component]") {
  Slow s;
  s.stop_reading();
  for (int i = 0; i < 40; ++i) s.publisher.publish(n("x", 1), s.big);
  s.w.settle();
  // the publisher is held: its messages stay with it
  CHECK(s.publisher.stream->queued() > 20 * s.big.payload.size());
  s.w.advance(9s);
  s.slow.stream->reads = true;
  s.w.settle();
  CHECK(s.slow.publishes.size() == 40);
  CHECK_FALSE(s.slow.ended);
}

TEST_CASE("Slow receiver: others are served while a publisher waits for it", "[component]") {
  Slow s;
  s.stop_reading();
  for (int i = 0; i < 40; ++i) s.publisher.publish(n("x", 1), s.big);
  WireClient other(s.w, s.node);
  for (int i = 0; i < 10; ++i) other.publish(n("x", 2));
  s.w.settle();
  CHECK(s.quick.publishes.size() == 10);
}

TEST_CASE("Slow receiver: one that takes nothing for 10 s is cut, and its publishers go on",
          "[component]") {
  Slow s;
  s.stop_reading();
  for (int i = 0; i < 40; ++i) s.publisher.publish(n("x", 1), s.big);
  s.publisher.publish(n("x", 2));
  s.w.settle();
  CHECK(s.quick.publishes.empty());
  s.w.advance(9900ms);
  CHECK(s.quick.publishes.empty());
  s.w.advance(200ms);
  CHECK(s.quick.publishes.size() == 1);
  s.slow.stream->reads = true;
  s.w.settle();
  CHECK(s.slow.ended);
  CHECK(s.node.router.statistics().records == 1);
}

TEST_CASE("Slow receiver: one that takes something now and then is not cut", "[component]") {
  Slow s;
  s.stop_reading();
  for (int i = 0; i < 40; ++i) s.publisher.publish(n("x", 1), s.big);
  for (int i = 0; i < 5; ++i) {
    s.w.advance(6s);
    s.slow.stream->reads = true;
    // one message only
    s.slow.stream->tamper = [&](std::string&) { s.slow.stream->reads = false; };
    s.w.settle();
  }
  CHECK_FALSE(s.slow.ended);
}

TEST_CASE("Slow receiver: a multicast is held 10 ms, then goes on without it", "[component]") {
  Slow s;
  s.quick.subscribe(n("x", 1), 2);
  s.w.settle();
  s.stop_reading();
  const PublishOptions all = [&] {
    PublishOptions o = s.big;
    o.fanout = 256;
    return o;
  }();
  for (int i = 0; i < 40; ++i) s.publisher.publish(n("x", 1), all);
  s.w.settle();
  const std::size_t before = s.quick.publishes.size();
  CHECK(before < 40);
  s.w.advance(9ms);
  CHECK(s.quick.publishes.size() == before);
  s.w.advance(1ms);
  CHECK(s.quick.publishes.size() == 40);
  s.slow.stream->reads = true;
  s.w.settle();
  CHECK(s.slow.ended);
}

TEST_CASE("Slow receiver: its queue stays within the bound and one message", "[component]") {
  Slow s;
  s.stop_reading();
  std::vector<std::unique_ptr<WireClient>> publishers;
  for (int p = 0; p < 10; ++p) {
    publishers.push_back(std::make_unique<WireClient>(s.w, s.node, LinkType::edge, s.options));
    for (int i = 0; i < 20; ++i) publishers.back()->publish(n("x", 1), s.big);
  }
  s.w.settle();
  CHECK(s.slow.far->queued() <= s.options.queue_bytes);
  CHECK(s.slow.far->queued() >= s.options.queue_bytes / 2);
  s.slow.stream->reads = true;
  s.w.settle();
  CHECK(s.slow.publishes.size() == 200);
}

TEST_CASE("Slow receiver: publishers that wait for a link that ends go on", "[component]") {
  Slow s;
  s.stop_reading();
  for (int i = 0; i < 40; ++i) s.publisher.publish(n("x", 1), s.big);
  s.publisher.publish(n("x", 2));
  s.w.settle();
  s.slow.disconnect();
  s.w.settle();
  CHECK(s.quick.publishes.size() == 1);
}

TEST_CASE("Control messages: a peer that never takes them is cut, not left without",
          "[component]") {
  World w;
  WorldNode& node = w.node("n", {.outbox_bytes = 20'000});
  link::LinkOptions small;
  small.queue_bytes = 16 * 1024;
  WireClient p1(w, node, LinkType::peer, small, "p1"), e1(w, node);
  p1.stream->reads = false;
  for (std::uint64_t i = 0; i < 500; ++i) {
    e1.subscribe(n("x", i), i + 1);
    if (i % 50 == 0) w.settle();
  }
  w.settle();
  p1.stream->reads = true;
  w.settle();
  CHECK(p1.ended);
  // and the subscriber got all of its acknowledgements
  w.advance(6s);
  CHECK(e1.acks.size() == 500);
}

TEST_CASE("Random traffic over a random tree of peers: each message arrives where it should, once",
          "[component]") {
  const std::uint64_t seed = 20'260'101;
  base::SeededRandom random(seed);
  const auto below = [&](std::size_t k) { return static_cast<std::size_t>(random.next_u64() % k); };
  World w;
  std::vector<WorldNode*> nodes;
  for (std::size_t i = 0; i < 6; ++i) {
    nodes.push_back(&w.node("n" + std::to_string(i)));
    if (i > 0) w.link(*nodes[i], *nodes[below(i)]);
  }
  std::vector<std::unique_ptr<WireClient>> apps;
  for (std::size_t i = 0; i < 12; ++i) {
    apps.push_back(std::make_unique<WireClient>(w, *nodes[below(nodes.size())]));
    apps[i]->subscribe(n("app", i), i + 1);
    apps[i]->subscribe(n("all", i), 1000 + i);
  }
  w.settle();
  std::vector<std::size_t> expected(apps.size(), 0);
  for (int step = 0; step < 300; ++step) {
    const std::size_t from = below(apps.size());
    if (step % 3 == 0) {
      apps[from]->publish(n("all"), {.fanout = 256});
      for (std::size_t i = 0; i < apps.size(); ++i) expected[i] += i != from ? 1 : 0;
    } else {
      const std::size_t to = below(apps.size());
      if (to == from) continue;
      apps[from]->publish(n("app", to));
      ++expected[to];
    }
  }
  w.settle();
  for (std::size_t i = 0; i < apps.size(); ++i) {
    INFO("app " << i);
    CHECK(apps[i]->publishes.size() == expected[i]);
    CHECK(apps[i]->bad_tags == 0);
  }
}
