#include <slim/crypto/hmac.hpp>
#include <slim/wire/mac.hpp>

#include "golden.hpp"
#include "support/catch.hpp"

using namespace slim;
using namespace slim::wire;
using base::as_bytes;
namespace golden = test::golden;

// docs/protocol/wire.md 7
TEST_CASE("Header MAC: preimage and tag of the published vector", "[wire]") {
  MessageView v;
  const ByteView m = as_bytes(golden::kSubscribe);
  REQUIRE(decode_d(m, v) == DecodeError::none);
  std::vector<Byte> body;
  mac_body(v, m, HopFields::absent, body);
  const MacTtl ttl(v.header.ttl);
  CHECK(test::hex(mac_prefix(golden::kLinkId)) + base::to_hex(body) + base::to_hex(ttl.view()) ==
        "534c494d2d44502d4844522d7631002400000036663163326239652d303030302d343030302d383030302d3031"
        "323334"
        "3536373839616201013b96ea7603583e87d190694c9a76f9ee80524a508a00f53f010000000000000000010000"
        "0000"
        "00000001030000006f7267020000006e73010000006101013b96ea7603583e87d190694c9a76f9ee846ae7aa40"
        "9e6b"
        "0901ffffffffffffffffffffffffffffffff01030000006f7267020000006e73010000006203000000746f6b01"
        "0000"
        "0000000008000000");
  const crypto::HmacSha256 mac(as_bytes(golden::kMacKey), as_bytes(mac_prefix(golden::kLinkId)));
  CHECK(mac.verify(body, ttl.view(), v.header.mac.in(m)));
  CHECK_FALSE(mac.verify(body, MacTtl(7).view(), v.header.mac.in(m)));
}
