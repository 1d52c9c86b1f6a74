// Generations A, B and C: read, checked and rewritten (docs/protocol/wire.md 10 to 12).
#include <tuple>
#include <utility>

#include <slim/name/hash.hpp>
#include <slim/wire/control.hpp>
#include <slim/wire/message.hpp>
#include <slim/wire/pb.hpp>
#include <slim/wire/rewrite.hpp>

#include "golden.hpp"
#include "support/catch.hpp"

using namespace slim;
using namespace slim::wire;
using base::as_bytes;
using test::hex;
using test::unhex;
namespace golden = test::golden;

namespace {

constexpr Generation kOlder[] = {Generation::a, Generation::b, Generation::c};

MessageView view_of(Generation generation, const std::string& message) {
  MessageView view;
  REQUIRE(decode(generation, as_bytes(message), view) == DecodeError::none);
  return view;
}

DecodeError error_of(Generation generation, const std::string& message) {
  MessageView view;
  return decode(generation, as_bytes(message), view);
}

std::string wrap(std::uint32_t number, const std::string& content) {
  pb::Writer w;
  w.text(number, content);
  return std::move(w).take();
}

std::string rewritten(Generation generation, const std::string& message, const HopHeader& hop) {
  const MessageView view = view_of(generation, message);
  const RewriteLayout l = layout(view, hop);
  std::string out(l.head, '\0');
  auto* begin = reinterpret_cast<Byte*>(out.data());
  REQUIRE(write_head(view, as_bytes(message), hop, l, begin) == begin + l.head);
  out += view.tail.text_in(as_bytes(message));
  REQUIRE(out.size() == l.total);
  return out;
}

/// Hashes 1, 2, 3 and this id, as bytes of a field 4 or none.
std::string flat(const std::string& id = "") { return unhex("080110021803") + id; }
const std::string kWildcard = unhex("20ffffffffffffffffff01");

std::string name_of(Generation generation, const std::string& id = "") {
  if (generation != Generation::c) return flat(id);
  return wrap(1, flat(id)) + wrap(2, wrap(1, "o") + wrap(2, "n") + wrap(3, "s"));
}

std::string header(Generation generation) {
  return wrap(1, name_of(generation)) + wrap(2, name_of(generation));
}

std::string publish(Generation generation, const std::string& header,
                    const std::string& session = wrap(2, ""), const std::string& content = "") {
  const std::uint32_t number = generation == Generation::a ? 4 : 3;
  return wrap(3, wrap(1, header) + session + (content.empty() ? "" : wrap(number, content)));
}

const name::Hashes kXxh{name::hash_component("org"), name::hash_component("ns"),
                        name::hash_component("a")};

}  // namespace

TEST_CASE("Generation A: published messages of 0.3", "[wire]") {
  const MessageView s = view_of(Generation::a, golden::kSubscribeA3);
  CHECK(s.generation == Generation::a);
  CHECK(s.kind == Kind::subscribe);
  CHECK(missing_part(s).empty());
  CHECK(s.header.destination.hashes == name::Hashes{name::hash_component_v03("org"),
                                                    name::hash_component_v03("ns"),
                                                    name::hash_component_v03("a")});
  CHECK(s.header.destination.id == name::InstanceId{0, 1});
  CHECK(s.header.destination.has_strings);
  CHECK_FALSE(s.header.source.has_strings);
  CHECK(s.header.destination.strings[0].text_in(as_bytes(golden::kSubscribeA3)) == "org");
  CHECK(s.header.destination.strings[1].text_in(as_bytes(golden::kSubscribeA3)) == "ns");
  CHECK(s.header.destination.strings[2].text_in(as_bytes(golden::kSubscribeA3)) == "a");
  CHECK(s.header.fanout == 1);
  CHECK(s.subscription_id == 0);
  const MessageView p = view_of(Generation::a, golden::kPublishA3);
  CHECK(p.kind == Kind::publish);
  CHECK(p.has_session);
  CHECK(missing_part(p).empty());
  CHECK_FALSE(p.header.destination.has_id);
  CHECK(p.header.destination.id.is_wildcard());
  CHECK(p.header.source.id == name::InstanceId{0, 1});
}

TEST_CASE("Generations A and B: published messages of 0.4 to 0.6", "[wire]") {
  for (const Generation g : {Generation::a, Generation::b}) {
    const MessageView s = view_of(g, golden::kSubscribeA5);
    CHECK(s.generation == g);
    CHECK(s.header.source.hashes == kXxh);
    CHECK(to_name(s.header.destination, as_bytes(golden::kSubscribeA5)) ==
          name::make_name("org", "ns", "a", {0, 1}));
    const MessageView p = view_of(g, g == Generation::a ? golden::kPublishA5 : golden::kPublishB);
    CHECK(missing_part(p).empty());
    CHECK(p.header.destination.has_id);
    CHECK(p.header.destination.id.is_wildcard());
    CHECK_FALSE(p.header.destination.has_strings);
  }
}

TEST_CASE("Generation C: published messages", "[wire]") {
  const MessageView s = view_of(Generation::c, golden::kSubscribeC);
  CHECK(s.generation == Generation::c);
  CHECK(s.subscription_id == 42);
  CHECK(missing_part(s).empty());
  CHECK(s.header.identity.text_in(as_bytes(golden::kSubscribeC)) == "tok");
  CHECK(to_name(s.header.source, as_bytes(golden::kSubscribeC)) ==
        name::make_name("org", "ns", "a", {0, 1}));
  const MessageView p = view_of(Generation::c, golden::kPublishC);
  CHECK(missing_part(p).empty());
  CHECK(to_name(p.header.destination, as_bytes(golden::kPublishC)) ==
        name::make_name("org", "ns", "b"));
  for (const std::string& ack : {golden::kAckSuccess, golden::kAckFailure}) {
    const MessageView v = view_of(Generation::c, ack);
    CHECK(v.kind == Kind::subscription_ack);
    CHECK(hex(encode_ack(decode_ack(as_bytes(ack), v))) == hex(ack));
  }
}

TEST_CASE("Older generations: ids", "[wire]") {
  for (const Generation g : kOlder) {
    const auto id = [&](const std::string& bytes) {
      const std::string m = publish(g, wrap(1, name_of(g)) + wrap(2, name_of(g, bytes)));
      return view_of(g, m).header.destination;
    };
    const auto absent = g == Generation::a ? name::InstanceId::wildcard() : name::InstanceId{0, 0};
    CHECK(id("").id == absent);
    CHECK_FALSE(id("").has_id);
    CHECK(id(unhex("2000")).id == name::InstanceId{0, 0});
    CHECK(id(unhex("2000")).has_id);
    CHECK(id(unhex("2007")).id == name::InstanceId{0, 7});
    CHECK(id(kWildcard).id.is_wildcard());
    CHECK(id(unhex("20feffffffffffffffff01")).id == name::InstanceId{0, ~std::uint64_t{1}});
  }
}

TEST_CASE("Older generations: the strings of a subscription stand where each has them", "[wire]") {
  const auto strings = wrap(2, "o") + wrap(3, "n") + wrap(4, "s");
  for (const Generation g : {Generation::a, Generation::b}) {
    for (const Kind kind : {Kind::subscribe, Kind::unsubscribe}) {
      // In front of the header, too.
      const std::string m = wrap(static_cast<std::uint32_t>(kind), strings + wrap(1, header(g)));
      const MessageView v = view_of(g, m);
      const bool expected = g == Generation::b || kind == Kind::subscribe;
      CHECK(v.header.destination.has_strings == expected);
      CHECK(v.header.destination.strings[2].text_in(as_bytes(m)) == (expected ? "s" : ""));
      CHECK(v.subscription_id == 0);
    }
  }
  // proto3: not there is empty.
  CHECK(view_of(Generation::b, wrap(1, wrap(1, header(Generation::b))))
            .header.destination.has_strings);
  CHECK(error_of(Generation::a, wrap(1, wrap(3, "\xff"))) == DecodeError::utf8);
  CHECK(error_of(Generation::b, wrap(2, wrap(3, "\xff"))) == DecodeError::utf8);
  CHECK(error_of(Generation::a, wrap(2, wrap(3, "\xff"))) == DecodeError::none);
  CHECK(error_of(Generation::b, wrap(1, unhex("1001"))) == DecodeError::wire_type);
  CHECK(error_of(Generation::c, wrap(1, wrap(2, "o"))) == DecodeError::wire_type);
}

TEST_CASE("Older generations: what is missing is named", "[wire]") {
  for (const Generation g : kOlder) {
    const auto missing = [&](const std::string& m) {
      return std::string(missing_part(view_of(g, m)));
    };
    CHECK(missing(wrap(3, "")) == "SLIM header not found");
    CHECK(missing(wrap(1, "")) == "SLIM header not found");
    CHECK(missing(publish(g, "")) == "source not found");
    CHECK(missing(publish(g, wrap(1, name_of(g)))) == "destination not found");
    CHECK(missing(publish(g, header(g), "")) == "session header not found");
    CHECK(missing(publish(g, header(g))).empty());
  }
  const std::string bare = wrap(1, flat());
  const std::string whole = name_of(Generation::c);
  const auto missing = [&](const std::string& source, const std::string& destination) {
    return std::string(missing_part(
        view_of(Generation::c, publish(Generation::c, wrap(1, source) + wrap(2, destination)))));
  };
  CHECK(missing("", whole) == "source encoded name not found");
  CHECK(missing(whole, "") == "destination encoded name not found");
  CHECK(missing(bare, whole) == "source string name not found");
  CHECK(missing(whole, bare) == "destination string name not found");
}

TEST_CASE("Older generations: known fields with another wire type are refused", "[wire]") {
  for (const Generation g : kOlder) {
    INFO(to_string(g));
    const std::string h = header(g);
    CHECK(error_of(g, unhex("0801")) == DecodeError::wire_type);
    CHECK(error_of(g, unhex("2001")) == DecodeError::wire_type);
    CHECK(error_of(g, wrap(3, unhex("0801"))) == DecodeError::wire_type);
    CHECK(error_of(g, publish(g, h + wrap(3, "x"))) == DecodeError::wire_type);
    CHECK(error_of(g, publish(g, h + wrap(6, "x"))) == DecodeError::wire_type);
    CHECK(error_of(g, publish(g, h + wrap(7, "x"))) == DecodeError::wire_type);
    CHECK(error_of(g, publish(g, h, wrap(2, wrap(1, "")))) == DecodeError::wire_type);
    CHECK(error_of(g, publish(g, h, wrap(2, ""), unhex("0801"))) == DecodeError::wire_type);
    CHECK(error_of(g, publish(g, h, unhex("1001"))) == DecodeError::wire_type);
  }
  CHECK(error_of(Generation::a, publish(Generation::a, header(Generation::a) + wrap(4, "x"))) ==
        DecodeError::wire_type);
  CHECK(error_of(Generation::c, publish(Generation::c, header(Generation::c) + unhex("2001"))) ==
        DecodeError::wire_type);
  CHECK(error_of(Generation::b,
                 publish(Generation::b, header(Generation::b), wrap(2, wrap(5, unhex("0801"))))) ==
        DecodeError::wire_type);
  // One generation's name is another's wrong type.
  CHECK(error_of(Generation::b, golden::kPublishC) == DecodeError::wire_type);
  CHECK(error_of(Generation::c, golden::kPublishB) == DecodeError::wire_type);
  CHECK(error_of(Generation::c, golden::kPublish) == DecodeError::wire_type);
  CHECK(error_of(Generation::d, golden::kPublishC) == DecodeError::wire_type);
}

TEST_CASE("Older generations: a string that is not UTF-8 is refused at every depth", "[wire]") {
  const std::string bad = "\xff";
  for (const Generation g : kOlder) {
    CHECK(error_of(g, wrap(4, wrap(1, bad))) == DecodeError::utf8);
    CHECK(error_of(g, wrap(4, wrap(2, bad))) == DecodeError::utf8);
    const std::string content = g == Generation::c ? wrap(1, wrap(1, bad)) : wrap(1, bad);
    CHECK(error_of(g, publish(g, header(g), wrap(2, ""), content)) == DecodeError::utf8);
  }
  const std::string original = wrap(2, wrap(6, wrap(2, bad)));
  CHECK(error_of(Generation::b, publish(Generation::b, header(Generation::b), original)) ==
        DecodeError::utf8);
  CHECK(error_of(Generation::a, publish(Generation::a, header(Generation::a), original)) ==
        DecodeError::none);
  const std::string h = header(Generation::c);
  CHECK(error_of(Generation::c, publish(Generation::c, h + wrap(4, bad))) == DecodeError::utf8);
  CHECK(error_of(Generation::c, wrap(5, wrap(1, wrap(1, bad)))) == DecodeError::utf8);
  CHECK(error_of(Generation::c, wrap(6, wrap(3, bad))) == DecodeError::utf8);
}

// docs/protocol/wire.md 10.2
TEST_CASE("Generation C: command payloads are checked by their own table", "[wire]") {
  const auto command = [](std::uint32_t number, const std::string& body) {
    return error_of(Generation::c, publish(Generation::c, header(Generation::c), wrap(2, ""),
                                           wrap(2, wrap(number, body))));
  };
  const std::string good = name_of(Generation::c);
  const std::string bad = wrap(2, wrap(1, "\xff"));
  // Number of the member, and of its fields that are names.
  const std::pair<std::uint32_t, std::uint32_t> names[] = {
      {1, 1}, {3, 3}, {5, 1}, {7, 1}, {7, 2}, {8, 1}, {8, 2}, {9, 1}, {10, 1}, {11, 1}};
  for (const auto& [member, field] : names) {
    INFO(member << ' ' << field);
    CHECK(command(member, wrap(field, good)) == DecodeError::none);
    CHECK(command(member, wrap(field, bad)) == DecodeError::utf8);
  }
  CHECK(command(3, unhex("0801") + wrap(2, unhex("08011002"))) == DecodeError::none);
  CHECK(command(3, wrap(1, "")) == DecodeError::wire_type);
  CHECK(command(3, unhex("1001")) == DecodeError::wire_type);
  CHECK(command(4, wrap(1, "key")) == DecodeError::none);
  CHECK(command(4, unhex("0801")) == DecodeError::wire_type);
  CHECK(command(7, wrap(3, unhex("0801") + wrap(2, "mls"))) == DecodeError::none);
  CHECK(command(9, wrap(2, wrap(1, ""))) == DecodeError::wire_type);
  CHECK(command(14, "") == DecodeError::none);
  // Fields and members that only D has are unknown.
  CHECK(command(4, wrap(2, unhex("0801"))) == DecodeError::none);
  CHECK(command(15, "\xff") == DecodeError::none);
}

TEST_CASE("Older generations: what may come once and comes twice is refused", "[wire]") {
  for (const Generation g : kOlder) {
    const std::string h = header(g);
    CHECK(error_of(g, publish(g, h) + publish(g, h)) == DecodeError::repeated);
    CHECK(error_of(g, wrap(3, wrap(1, h) + wrap(1, h))) == DecodeError::repeated);
    CHECK(error_of(g, publish(g, h + wrap(1, name_of(g)))) == DecodeError::repeated);
    CHECK(error_of(g, publish(g, h, wrap(2, "") + wrap(2, ""))) == DecodeError::repeated);
    const std::string content = wrap(g == Generation::a ? 4 : 3, "");
    CHECK(error_of(g, wrap(3, wrap(1, h) + content + content)) == DecodeError::repeated);
  }
}

TEST_CASE("Older generations: members and fields that they do not have are unknown", "[wire]") {
  for (const Generation g : {Generation::a, Generation::b}) {
    for (const std::string& m : {golden::kLinkRequest, golden::kAckSuccess, unhex("2801")}) {
      CHECK(view_of(g, m).kind == Kind::none);
    }
    const MessageView v = view_of(g, wrap(5, "\xff") + publish(g, header(g) + wrap(11, "mac")));
    CHECK(v.kind == Kind::publish);
    CHECK_FALSE(v.header.has_mac);
    CHECK(v.before_member.size == 3);
  }
  // Content is field 4 in A, and nothing is field 3.
  const std::string m = wrap(3, wrap(1, header(Generation::a)) + unhex("1801"));
  CHECK(error_of(Generation::a, m) == DecodeError::none);
  CHECK(error_of(Generation::b, m) == DecodeError::wire_type);
}

TEST_CASE("Older generations: every cut of a real message is refused", "[wire]") {
  const std::pair<Generation, std::string> messages[] = {
      {Generation::a, golden::kSubscribeA3}, {Generation::a, golden::kPublishA5},
      {Generation::b, golden::kPublishB},    {Generation::c, golden::kPublishC},
      {Generation::c, golden::kSubscribeC},  {Generation::c, golden::kLinkRequestC}};
  for (const auto& [g, m] : messages) {
    for (std::size_t n = 1; n < m.size(); ++n) {
      INFO(to_string(g) << ' ' << n);
      CHECK(error_of(g, m.substr(0, n)) == DecodeError::malformed);
    }
  }
}

TEST_CASE("Rewrite of older generations: incoming_conn alone is stated anew", "[wire]") {
  const std::string mac(32, 'm');
  const HopHeader hop{7, 5, as_bytes(mac).data()};
  for (const Generation g : kOlder) {
    INFO(to_string(g));
    const bool c = g == Generation::c;
    const std::string names = header(g) + unhex("1832") + (c ? wrap(4, "tok") : "");
    // recv_from 9, forward_to 9, incoming_conn 9, error, and a field that nobody knows
    const std::string rest = (c ? unhex("4001") : unhex("3801")) + wrap(13, "?");
    const std::string hops = c ? unhex("280930093809") : unhex("200928093009");
    const std::string around = wrap(4, wrap(1, "k") + wrap(2, "v"));
    const std::string content = c ? wrap(1, wrap(2, "hi")) : wrap(2, "hi");
    const std::string m = around + publish(g, names + hops + rest, wrap(2, ""), content) + around;
    const MessageView v = view_of(g, m);
    CHECK(v.header.has_recv_from);
    CHECK(v.header.has_forward_to);
    CHECK(v.header.incoming_conn == 9);
    CHECK(v.header.error);
    CHECK(v.header.fanout == 50);
    const std::string own = c ? unhex("3805") : unhex("3005");
    CHECK(hex(rewritten(g, m, hop)) ==
          hex(around + publish(g, names + own + rest, wrap(2, ""), content) + around));
  }
}

TEST_CASE("Rewrite of older generations: published messages gain incoming_conn and no more",
          "[wire]") {
  const std::tuple<Generation, std::string, std::string> cases[] = {
      {Generation::a, golden::kSubscribeA3, "3003"}, {Generation::a, golden::kPublishA3, "3003"},
      {Generation::a, golden::kSubscribeA5, "3003"}, {Generation::a, golden::kPublishA5, "3003"},
      {Generation::b, golden::kSubscribeA5, "3003"}, {Generation::b, golden::kPublishB, "3003"},
      {Generation::c, golden::kSubscribeC, "3803"},  {Generation::c, golden::kPublishC, "3803"}};
  for (const auto& [g, m, field] : cases) {
    INFO(to_string(g));
    const MessageView before = view_of(g, m);
    const std::string out = rewritten(g, m, {8, 3, nullptr});
    const MessageView after = view_of(g, out);
    CHECK(out.size() == m.size() + 2);
    CHECK(after.header.incoming_conn == 3);
    CHECK(after.tail.text_in(as_bytes(out)) == before.tail.text_in(as_bytes(m)));
    const auto end = after.tail.offset;
    CHECK(hex(out.substr(end - 2, 2)) == field);
    // Once more, with the same connection, it is the same message.
    CHECK(hex(rewritten(g, out, {8, 3, nullptr})) == hex(out));
  }
}
