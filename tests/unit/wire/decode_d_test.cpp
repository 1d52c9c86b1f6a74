#include <slim/name/hash.hpp>
#include <slim/wire/control.hpp>
#include <slim/wire/message.hpp>
#include <slim/wire/pb.hpp>

#include "golden.hpp"
#include "support/catch.hpp"

using namespace slim;
using namespace slim::wire;
using base::as_bytes;
using test::unhex;
namespace golden = test::golden;

namespace {

DecodeError decode(const std::string& message) {
  MessageView view;
  return decode_d(as_bytes(message), view);
}

std::string wrap(std::uint32_t number, const std::string& content) {
  pb::Writer w;
  w.text(number, content);
  return std::move(w).take();
}

const std::string kName = encode_name(name::make_name("org", "ns", "a", {0, 1}));

/// A publish around a header, a session header and content, each as raw bytes.
std::string publish(const std::string& header, const std::string& session = wrap(2, ""),
                    const std::string& content = "") {
  return wrap(3, wrap(1, header) + session + content);
}

const std::string kHeader = wrap(1, kName) + wrap(2, kName);

}  // namespace

TEST_CASE("Decode D: a published client's subscribe", "[wire]") {
  MessageView v;
  const ByteView m = as_bytes(golden::kSubscribe);
  REQUIRE(decode_d(m, v) == DecodeError::none);
  CHECK(v.kind == Kind::subscribe);
  CHECK(v.subscription_id == 42);
  CHECK(missing_part(v).empty());
  CHECK(v.header.source.id == name::InstanceId{0, 1});
  CHECK(v.header.destination.hashes == name::Hashes{name::hash_component("org"),
                                                    name::hash_component("ns"),
                                                    name::hash_component("b")});
  CHECK(v.header.destination.id.is_wildcard());
  CHECK(v.header.destination.has_id);
  CHECK(v.header.destination.strings[2].text_in(m) == "b");
  CHECK(v.header.identity.text_in(m) == "tok");
  CHECK(v.header.fanout == 1);
  CHECK(v.header.ttl == 8);
  CHECK(v.header.mac.size == 32);
  CHECK(v.header.has_mac);
}

TEST_CASE("Decode D: a published client's publish", "[wire]") {
  MessageView v;
  REQUIRE(decode_d(as_bytes(golden::kPublish), v) == DecodeError::none);
  CHECK(v.kind == Kind::publish);
  CHECK(v.has_session);
  CHECK_FALSE(v.header.has_mac);
  CHECK(v.tail.size == 23);
  CHECK(missing_part(v).empty());
}

TEST_CASE("Decode D: an absent id is the wildcard, an empty one is id 0", "[wire]") {
  const std::string hashes = unhex("080110021803");
  const std::string strings = wrap(2, wrap(1, "o") + wrap(2, "n") + wrap(3, "s"));
  MessageView v;
  const std::string without = publish(wrap(1, kName) + wrap(2, wrap(1, hashes) + strings));
  REQUIRE(decode_d(as_bytes(without), v) == DecodeError::none);
  CHECK_FALSE(v.header.destination.has_id);
  CHECK(v.header.destination.id.is_wildcard());
  const std::string empty =
      publish(wrap(1, kName) + wrap(2, wrap(1, hashes + wrap(4, "")) + strings));
  REQUIRE(decode_d(as_bytes(empty), v) == DecodeError::none);
  CHECK(v.header.destination.has_id);
  CHECK(v.header.destination.id == name::InstanceId{0, 0});
}

TEST_CASE("Decode D: what is missing is named in the order that nodes check it", "[wire]") {
  const auto missing = [](const std::string& m) {
    MessageView v;
    REQUIRE(decode_d(as_bytes(m), v) == DecodeError::none);
    return std::string(missing_part(v));
  };
  CHECK(missing(wrap(3, "")) == "SLIM header not found");
  CHECK(missing(wrap(1, "")) == "SLIM header not found");
  CHECK(missing(publish("")) == "source not found");
  CHECK(missing(publish(wrap(1, ""))) == "source encoded name not found");
  CHECK(missing(publish(wrap(1, kName))) == "destination not found");
  CHECK(missing(publish(wrap(1, kName) + wrap(2, ""))) == "destination encoded name not found");
  CHECK(missing(publish(kHeader, "")) == "session header not found");
  CHECK(missing(publish(wrap(1, wrap(1, "")) + wrap(2, kName))) == "source string name not found");
  CHECK(missing(publish(kHeader)).empty());
}

TEST_CASE("Decode D: nothing chosen is no error, so that the stream goes on", "[wire]") {
  MessageView v;
  for (const std::string& m : {std::string(), wrap(9, "x"), wrap(4, wrap(1, "k") + wrap(2, "v"))}) {
    REQUIRE(decode_d(as_bytes(m), v) == DecodeError::none);
    CHECK(v.kind == Kind::none);
  }
}

TEST_CASE("Decode D: a string that is not UTF-8 is refused at every depth", "[wire]") {
  const std::string bad = "\xff";
  const std::string app = wrap(3, wrap(1, wrap(1, bad)));
  const std::string bad_name = wrap(2, wrap(1, bad));
  CHECK(decode(publish(kHeader + wrap(3, bad))) == DecodeError::utf8);
  CHECK(decode(publish(kHeader + wrap(5, bad))) == DecodeError::utf8);
  CHECK(decode(publish(wrap(1, bad_name) + wrap(2, kName))) == DecodeError::utf8);
  CHECK(decode(publish(kHeader, wrap(2, ""), app)) == DecodeError::utf8);
  // content → command → group update → participant → name → strings
  const std::string command = wrap(3, wrap(2, wrap(7, wrap(3, wrap(1, bad_name)))));
  CHECK(decode(publish(kHeader, wrap(2, ""), command)) == DecodeError::utf8);
  CHECK(decode(publish(kHeader) + wrap(4, wrap(1, bad))) == DecodeError::utf8);
  CHECK(decode(publish(kHeader) + wrap(4, wrap(2, bad))) == DecodeError::utf8);
  CHECK(decode(wrap(5, wrap(1, wrap(1, bad)))) == DecodeError::utf8);
  CHECK(decode(wrap(6, wrap(3, bad))) == DecodeError::utf8);
}

TEST_CASE("Decode D: known fields with another wire type are refused at every depth", "[wire]") {
  const std::string varint = unhex("0801");
  CHECK(decode(varint) == DecodeError::wire_type);
  CHECK(decode(unhex("2001")) == DecodeError::wire_type);
  CHECK(decode(wrap(3, varint)) == DecodeError::wire_type);
  CHECK(decode(publish(unhex("0801"))) == DecodeError::wire_type);
  CHECK(decode(publish(kHeader + wrap(4, "x"))) == DecodeError::wire_type);
  CHECK(decode(publish(kHeader + unhex("5801"))) == DecodeError::wire_type);
  CHECK(decode(publish(wrap(1, varint))) == DecodeError::wire_type);
  CHECK(decode(publish(wrap(1, wrap(1, wrap(1, ""))))) == DecodeError::wire_type);
  CHECK(decode(publish(wrap(1, wrap(1, wrap(4, wrap(1, "")))))) == DecodeError::wire_type);
  CHECK(decode(publish(kHeader, wrap(2, wrap(1, "")))) == DecodeError::wire_type);
  CHECK(decode(publish(kHeader, unhex("1001"))) == DecodeError::wire_type);
  CHECK(decode(wrap(1, wrap(1, kHeader) + wrap(2, ""))) == DecodeError::wire_type);
  CHECK(decode(wrap(6, wrap(1, ""))) == DecodeError::wire_type);
}

TEST_CASE("Decode D: what may come once and comes twice is refused", "[wire]") {
  CHECK(decode(publish(kHeader) + publish(kHeader)) == DecodeError::repeated);
  CHECK(decode(publish(kHeader) + wrap(5, "")) == DecodeError::repeated);
  CHECK(decode(wrap(3, wrap(1, kHeader) + wrap(1, kHeader))) == DecodeError::repeated);
  CHECK(decode(publish(kHeader + wrap(1, kName))) == DecodeError::repeated);
  CHECK(decode(publish(kHeader, wrap(2, "") + wrap(2, ""))) == DecodeError::repeated);
  CHECK(decode(publish(kHeader, wrap(2, ""), wrap(3, "") + wrap(3, ""))) == DecodeError::repeated);
}

TEST_CASE("Decode D: every cut of a real message is refused or another valid one", "[wire]") {
  for (const std::string& m : {golden::kSubscribe, golden::kPublish, golden::kLinkReply}) {
    for (std::size_t n = 1; n < m.size(); ++n) {
      INFO(n);
      CHECK(decode(m.substr(0, n)) == DecodeError::malformed);
    }
  }
}

TEST_CASE("Decode D: unknown fields are stepped over and kept", "[wire]") {
  MessageView v;
  const std::string m = wrap(15, "a") +
                        wrap(3, wrap(9, "b") + wrap(1, kHeader + wrap(20, "c")) +
                                    wrap(2, wrap(9, "d")) + wrap(8, "e")) +
                        wrap(14, "f");
  REQUIRE(decode_d(as_bytes(m), v) == DecodeError::none);
  CHECK(v.before_member.size == 3);
  CHECK(v.before_header.size == 3);
  CHECK(v.header.kept_count == 1);
  CHECK(missing_part(v).empty());
}
