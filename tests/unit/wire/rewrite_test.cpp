#include <slim/wire/control.hpp>
#include <slim/wire/pb.hpp>
#include <slim/wire/rewrite.hpp>

#include "golden.hpp"
#include "support/catch.hpp"

using namespace slim;
using namespace slim::wire;
using base::as_bytes;
using test::unhex;
namespace golden = test::golden;

namespace {

std::string rewritten(const std::string& message, const HopHeader& hop) {
  MessageView view;
  REQUIRE(decode_d(as_bytes(message), view) == DecodeError::none);
  const RewriteLayout l = layout(view, hop);
  std::string out(l.head, '\0');
  auto* begin = reinterpret_cast<Byte*>(out.data());
  REQUIRE(write_head(view, as_bytes(message), hop, l, begin) == begin + l.head);
  out += view.tail.text_in(as_bytes(message));
  REQUIRE(out.size() == l.total);
  return out;
}

std::string wrap(std::uint32_t number, const std::string& content) {
  pb::Writer w;
  w.text(number, content);
  return std::move(w).take();
}

}  // namespace

TEST_CASE("Rewrite: with the same hop fields a message comes out byte for byte", "[wire]") {
  MessageView view;
  REQUIRE(decode_d(as_bytes(golden::kSubscribe), view) == DecodeError::none);
  const ByteView mac = view.header.mac.in(as_bytes(golden::kSubscribe));
  CHECK(test::hex(rewritten(golden::kSubscribe, {8, 3, mac.data()})) ==
        test::hex(golden::kSubscribe));
}

TEST_CASE("Rewrite: only the hop fields change; payload and metadata stay as they came", "[wire]") {
  const std::string metadata = wrap(4, wrap(1, "key") + wrap(2, "value"));
  const std::string message = golden::kPublish + metadata;
  const std::string mac(32, '\x5a');
  const std::string out = rewritten(message, {7, 300, as_bytes(mac).data()});
  MessageView before;
  MessageView after;
  REQUIRE(decode_d(as_bytes(message), before) == DecodeError::none);
  REQUIRE(decode_d(as_bytes(out), after) == DecodeError::none);
  CHECK(after.header.ttl == 7);
  CHECK(after.header.mac.text_in(as_bytes(out)) == mac);
  CHECK(after.header.kept[0].text_in(as_bytes(out)) ==
        before.header.kept[0].text_in(as_bytes(message)));
  CHECK(after.tail.text_in(as_bytes(out)) == before.tail.text_in(as_bytes(message)));
  CHECK(out.substr(out.size() - metadata.size()) == metadata);
}

TEST_CASE("Rewrite: instructions, stale tags and connection numbers of earlier hops are gone",
          "[wire]") {
  const std::string name = encode_name(name::make_name("org", "ns", "a", {0, 1}));
  // recv_from 9, forward_to 9, incoming_conn 9, error, tag, signature, an unknown field
  const std::string header = wrap(1, name) + wrap(2, name) + unhex("300838094009480950015a0101") +
                             wrap(12, "sig") + wrap(13, "?");
  const std::string message = wrap(3, wrap(1, header) + wrap(2, ""));
  const std::string out = rewritten(message, {4, 1, nullptr});
  MessageView v;
  REQUIRE(decode_d(as_bytes(out), v) == DecodeError::none);
  CHECK_FALSE(v.header.has_recv_from);
  CHECK_FALSE(v.header.has_forward_to);
  CHECK_FALSE(v.header.has_mac);
  CHECK(v.header.has_error);
  CHECK(v.header.error);
  CHECK(test::hex(out) ==
        test::hex(wrap(3, wrap(1, wrap(1, name) + wrap(2, name) + unhex("300448015001") +
                                      wrap(12, "sig") + wrap(13, "?")) +
                              wrap(2, ""))));
}

TEST_CASE("Rewrite: fields in any order and around the header survive", "[wire]") {
  const std::string name = encode_name(name::make_name("org", "ns", "a", {0, 1}));
  const std::string header =
      unhex("3005") + wrap(12, "sig") + wrap(2, name) + unhex("4805") + wrap(1, name);
  const std::string message =
      wrap(4, wrap(1, "k")) + wrap(3, wrap(2, "") + wrap(1, header) + wrap(3, "")) + wrap(99, "z");
  const std::string out = rewritten(message, {4, 1, nullptr});
  MessageView v;
  REQUIRE(decode_d(as_bytes(out), v) == DecodeError::none);
  CHECK(missing_part(v).empty());
  CHECK(v.has_session);
  CHECK(v.before_member.size == 5);
  CHECK(v.header.ttl == 4);
  CHECK(out.substr(out.size() - wrap(99, "z").size()) == wrap(99, "z"));
}

TEST_CASE("Rewrite: lengths that need another varint byte are counted", "[wire]") {
  const std::string name = encode_name(name::make_name("org", "ns", "a", {0, 1}));
  for (std::size_t n = 0; n < 300; ++n) {
    const std::string message = wrap(
        3, wrap(1, wrap(1, name) + wrap(2, name) + wrap(3, std::string(n, 'x'))) + wrap(2, ""));
    const std::string mac(32, 'm');
    const std::string out = rewritten(message, {8, ~0ULL, as_bytes(mac).data()});
    MessageView v;
    REQUIRE(decode_d(as_bytes(out), v) == DecodeError::none);
    REQUIRE(v.header.identity.size == n);
    REQUIRE(v.header.mac.text_in(as_bytes(out)) == mac);
  }
}
