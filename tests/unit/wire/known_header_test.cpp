// Publishes with a header that came before are read as if it had not.
#include <slim/wire/known_header.hpp>
#include <slim/wire/known_names.hpp>
#include <slim/wire/mac.hpp>
#include <slim/wire/pb.hpp>

#include "golden.hpp"
#include "support/catch.hpp"

using namespace slim;
using namespace slim::wire;
using base::as_bytes;
namespace golden = test::golden;

namespace {

struct Known {
  KnownHeader header;
  explicit Known(const std::string& message) {
    MessageView view;
    REQUIRE(decode_d(as_bytes(message), view) == DecodeError::none);
    CHECK_FALSE(header.offer(view, as_bytes(message)));
    REQUIRE(header.offer(view, as_bytes(message)));
  }
};

std::string with_metadata(const std::string& key) {
  pb::Writer entry;
  entry.text(1, key);
  entry.text(2, "value");
  pb::Writer field;
  field.message(4, entry);
  return golden::kPublish + std::move(field).take();
}

/// What read() says, once it says anything, is what decode() says.
void agrees(KnownHeader& known, const std::string& message) {
  const auto read = known.read(as_bytes(message));
  if (!read) return;
  MessageView view;
  const DecodeError decoded = decode_d(as_bytes(message), view);
  REQUIRE(*read == decoded);
  if (decoded != DecodeError::none) return;
  const MessageView& again = known.view();
  CHECK(again.kind == view.kind);
  CHECK(again.has_session == view.has_session);
  CHECK(again.member.end() == view.member.end());
  CHECK(again.tail.offset == view.tail.offset);
  CHECK(again.tail.end() == view.tail.end());
  CHECK(again.header.destination.hashes == view.header.destination.hashes);
  CHECK(again.header.identity.offset == view.header.identity.offset);
}

}  // namespace

TEST_CASE("Known header: the third of a kind is known, with another payload too", "[wire]") {
  Known known(golden::kPublish);
  CHECK(known.header.read(as_bytes(golden::kPublish)) == DecodeError::none);
  CHECK(known.header.read(as_bytes(with_metadata("key"))) == DecodeError::none);
  CHECK(known.header.read(as_bytes(with_metadata("\xff"))) == DecodeError::utf8);
  agrees(known.header, with_metadata("key"));
}

TEST_CASE("Known header: headers that differ each time are not kept", "[wire]") {
  KnownHeader known;
  std::string message = golden::kPublish;
  MessageView view;
  REQUIRE(decode_d(as_bytes(message), view) == DecodeError::none);
  for (int i = 0; i < 10; ++i) {
    message[view.tail.offset - 3] = static_cast<char>('0' + i);  // of the version
    CHECK_FALSE(known.offer(view, as_bytes(message)));
    CHECK_FALSE(known.read(as_bytes(message)));
  }
}

TEST_CASE("Known header: another header, and a subscription, are not it", "[wire]") {
  Known known(golden::kPublish);
  std::string other = golden::kPublish;
  MessageView view;
  REQUIRE(decode_d(as_bytes(other), view) == DecodeError::none);
  other[view.header.identity.offset] = static_cast<char>(other[view.header.identity.offset] ^ 1);
  CHECK_FALSE(known.header.read(as_bytes(other)));
  CHECK_FALSE(known.header.read(as_bytes(golden::kSubscribe)));
  CHECK_FALSE(known.header.read({}));
}

TEST_CASE("Known header: every cut and every flipped bit is read as decode() reads it", "[wire]") {
  const std::string message = with_metadata("key");
  Known known(golden::kPublish);
  for (std::size_t size = 0; size < message.size(); ++size) {
    agrees(known.header, message.substr(0, size));
  }
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    std::string flipped = message;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    agrees(known.header, flipped);
  }
}

namespace {

void same_name(const NameView& a, const NameView& b, const std::string& message) {
  CHECK(a.hashes == b.hashes);
  CHECK(a.id == b.id);
  CHECK(a.has_id == b.has_id);
  CHECK(a.has_strings == b.has_strings);
  for (int i = 0; i < 3; ++i) {
    CHECK(a.strings[i].text_in(as_bytes(message)) == b.strings[i].text_in(as_bytes(message)));
  }
}

}  // namespace

TEST_CASE("Known names: every cut and every flipped bit is read as without them", "[wire]") {
  const std::string message = with_metadata("key");
  KnownNames names;
  MessageView view;
  REQUIRE(decode_d(as_bytes(message), view) == DecodeError::none);
  names.offer(view, as_bytes(message));
  names.offer(view, as_bytes(message));
  REQUIRE(decode(Generation::d, as_bytes(message), view, &names) == DecodeError::none);
  REQUIRE(view.names_known);

  int known = 0;
  const auto compare = [&](const std::string& bytes) {
    MessageView with;
    MessageView without;
    const DecodeError error = decode_d(as_bytes(bytes), without);
    REQUIRE(decode(Generation::d, as_bytes(bytes), with, &names) == error);
    if (error != DecodeError::none || !with.names_known) return;
    ++known;
    same_name(with.header.source, without.header.source, bytes);
    same_name(with.header.destination, without.header.destination, bytes);
    REQUIRE(with.header.kept_count == without.header.kept_count);
    for (int i = 0; i < with.header.kept_count; ++i) {
      CHECK(with.header.kept[i].offset == without.header.kept[i].offset);
      CHECK(with.header.kept[i].size == without.header.kept[i].size);
    }
    std::vector<Byte> body;
    std::vector<Byte> plain;
    mac_body(with, as_bytes(bytes), HopFields::as_received, body, names.mac_part());
    mac_body(without, as_bytes(bytes), HopFields::as_received, plain);
    CHECK(body == plain);
  };
  for (std::size_t size = 0; size < message.size(); ++size) compare(message.substr(0, size));
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    std::string flipped = message;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    compare(flipped);
  }
  CHECK(known > 100);
  // Elsewhere in the message: a longer header.
  std::string longer = message;
  longer += std::string("\x22\x04\x0a\x00\x12\x00", 6);
  compare(longer);
}
