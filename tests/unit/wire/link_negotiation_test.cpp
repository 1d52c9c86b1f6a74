#include <slim/wire/control.hpp>
#include <slim/wire/link_negotiation.hpp>

#include "golden.hpp"
#include "support/catch.hpp"

using namespace slim;
using namespace slim::wire;
using base::as_bytes;
namespace golden = test::golden;

namespace {

LinkNegotiation decode(const std::string& message) {
  MessageView view;
  REQUIRE(decode_d(as_bytes(message), view) == DecodeError::none);
  REQUIRE(view.kind == Kind::link);
  const auto link = decode_link(as_bytes(message), view);
  REQUIRE(link);
  return *link;
}

}  // namespace

TEST_CASE("Link negotiation: published request and reply, both ways", "[wire]") {
  const LinkNegotiation request = decode(golden::kLinkRequest);
  CHECK(request.link_id == golden::kLinkId);
  CHECK(request.version == "2.3.0");
  CHECK_FALSE(request.is_reply);
  CHECK(request.connection_type == ConnectionType::edge);
  CHECK(request.node_id == "node-x");
  CHECK(test::hex(encode_link(request)) == test::hex(golden::kLinkRequest));
  const LinkNegotiation reply = decode(golden::kLinkReply);
  CHECK(reply.is_reply);
  CHECK(reply.deployment == "dep1");
  CHECK(test::hex(encode_link(reply)) == test::hex(golden::kLinkReply));
}

TEST_CASE("Link negotiation: unknown connection types count as remote", "[wire]") {
  CHECK(decode(test::unhex("2a040a022807")).connection_type == ConnectionType::remote);
}

TEST_CASE("Link negotiation: a Link without payload has none", "[wire]") {
  MessageView view;
  const std::string empty = test::unhex("2a00");
  REQUIRE(decode_d(as_bytes(empty), view) == DecodeError::none);
  CHECK_FALSE(decode_link(as_bytes(empty), view));
}

// docs/protocol/wire.md 4, field 2
TEST_CASE("Versions: strict semantic versioning", "[wire]") {
  CHECK(semver_major("3.4.6") == 3);
  CHECK(semver_major("3.4.6-rc.1+b") == 3);
  CHECK(semver_major("1.4.0") == 1);
  CHECK(semver_major("0.0.0") == 0);
  CHECK(semver_major("10.20.30-alpha-1.x+001.sha") == 10);
  for (const char* bad : {"", "3", "3.4", "v3.4.6", "03.1.1", "3.04.1", "3.4.6.1", "3.4.6-",
                          "3.4.6+", "3.4.6-01", "3.4.6-a..b", "3.4.6 ", " 3.4.6", "banana",
                          "3.4.-6", "99999999999999999999.0.0", "3.4.6+a+b"}) {
    INFO(bad);
    CHECK_FALSE(semver_major(bad));
  }
}

TEST_CASE("Subscription acks: published bytes, both ways", "[wire]") {
  CHECK(test::hex(encode_ack({42, true, ""})) == test::hex(golden::kAckSuccess));
  CHECK(test::hex(encode_ack({42, false, "subscription not found"})) ==
        test::hex(golden::kAckFailure));
  MessageView view;
  REQUIRE(decode_d(as_bytes(golden::kAckFailure), view) == DecodeError::none);
  const SubscriptionAck ack = decode_ack(as_bytes(golden::kAckFailure), view);
  CHECK(ack.subscription_id == 42);
  CHECK_FALSE(ack.success);
  CHECK(ack.error == "subscription not found");
}

TEST_CASE("Announcements: decode as complete messages that keep the name", "[wire]") {
  const name::Name n = name::make_name("org", "ns", "svc", {5, 6});
  for (const Kind kind : {Kind::subscribe, Kind::unsubscribe}) {
    const std::string m = encode_announcement(kind, n, 77, 8);
    MessageView view;
    REQUIRE(decode_d(as_bytes(m), view) == DecodeError::none);
    CHECK(view.kind == kind);
    CHECK(missing_part(view).empty());
    CHECK(view.subscription_id == 77);
    CHECK(view.header.ttl == 8);
    CHECK(view.header.fanout == 1);
    CHECK(view.header.identity.size == 0);
    CHECK(to_name(view.header.destination, as_bytes(m)) == n);
    CHECK(to_name(view.header.source, as_bytes(m)) == n);
  }
}

// docs/protocol/wire.md 10.3
TEST_CASE("Link negotiation of C: the published request, both ways", "[wire]") {
  MessageView view;
  REQUIRE(decode_c(as_bytes(golden::kLinkRequestC), view) == DecodeError::none);
  REQUIRE(view.kind == Kind::link);
  const auto link = decode_link(as_bytes(golden::kLinkRequestC), view);
  REQUIRE(link);
  CHECK(link->link_id == golden::kLinkId);
  CHECK(link->version == kProtocolVersionC);
  CHECK(is_valid_request_c(*link));
  CHECK(test::hex(encode_link_c(*link)) == test::hex(golden::kLinkRequestC));
  LinkNegotiation reply = *link;
  reply.is_reply = true;
  reply.node_id = "of D only";
  CHECK(test::hex(encode_link_c(reply)) ==
        "2a310a2f" + test::hex(golden::kLinkRequestC).substr(8) + "1801");
}

TEST_CASE("Link negotiation of C: fields that only D knows are left alone, whatever their type",
          "[wire]") {
  // link_id "x", then public key and node_id as numbers
  const std::string m = test::unhex("2a090a070a017820013007");
  MessageView view;
  CHECK(decode_d(as_bytes(m), view) == DecodeError::wire_type);
  REQUIRE(decode_c(as_bytes(m), view) == DecodeError::none);
  const auto link = decode_link(as_bytes(m), view);
  REQUIRE(link);
  CHECK(link->link_id == "x");
  CHECK(link->public_key.empty());
  CHECK(link->node_id.empty());
}

TEST_CASE("Link negotiation of C: what acceptor and dialler take", "[wire]") {
  const LinkNegotiation good{.link_id = golden::kLinkId, .version = "1.3.0"};
  const auto request = [&](auto change) {
    LinkNegotiation link = good;
    change(link);
    return is_valid_request_c(link);
  };
  CHECK(is_valid_request_c(good));
  CHECK_FALSE(request([](LinkNegotiation& l) { l.is_reply = true; }));
  CHECK_FALSE(request([](LinkNegotiation& l) { l.version = "1.3"; }));
  CHECK_FALSE(request([](LinkNegotiation& l) { l.link_id = ""; }));
  CHECK_FALSE(request([](LinkNegotiation& l) { l.link_id = "link"; }));
  LinkNegotiation reply = good;
  CHECK_FALSE(is_valid_reply_c(reply, golden::kLinkId));
  reply.is_reply = true;
  CHECK(is_valid_reply_c(reply, golden::kLinkId));
  CHECK_FALSE(is_valid_reply_c(reply, "another"));
}

TEST_CASE("UUIDs: version 4 in the forms that public nodes read", "[wire]") {
  for (const char* good :
       {"6f1c2b9e-0000-4000-8000-0123456789ab", "6F1C2B9E-0000-4000-8000-0123456789AB",
        "6f1c2b9e0000400080000123456789ab", "{6f1c2b9e-0000-4000-8000-0123456789ab}",
        "urn:uuid:6f1c2b9e-0000-4000-8000-0123456789ab"}) {
    INFO(good);
    CHECK(is_uuid_v4(good));
  }
  for (const char* bad :
       {"", "6f1c2b9e-0000-1000-8000-0123456789ab", "6f1c2b9e-0000-4000-8000-0123456789a",
        "6f1c2b9e-0000-4000-8000-0123456789abc", "6f1c2b9e-0000-4000-80000-123456789ab",
        "6g1c2b9e-0000-4000-8000-0123456789ab", "6f1c2b9e0000100080000123456789ab",
        "{6f1c2b9e-0000-4000-8000-0123456789ab", "urn:uuid:6f1c2b9e0000400080000123456789ab"}) {
    INFO(bad);
    CHECK_FALSE(is_uuid_v4(bad));
  }
}
