#include <slim/wire/pb.hpp>

#include "support/catch.hpp"
#include "support/hex.hpp"

using namespace slim::wire::pb;
using slim::base::as_bytes;
using slim::test::unhex;

namespace {

/// Number of fields, or -1 when the bytes are malformed.
int fields(const std::string& bytes) {
  Reader reader(as_bytes(bytes));
  Field field;
  int n = 0;
  while (reader.next(field)) ++n;
  return reader.ok() ? n : -1;
}

}  // namespace

TEST_CASE("Protobuf reader: every wire type is stepped over", "[wire]") {
  CHECK(fields("") == 0);
  CHECK(fields(unhex("0801")) == 1);
  CHECK(fields(unhex("08ffffffffffffffffff01")) == 1);
  CHECK(fields(unhex("090102030405060708")) == 1);
  CHECK(fields(unhex("0d01020304")) == 1);
  CHECK(fields(unhex("0a0568656c6c6f1001")) == 2);
  CHECK(fields(unhex("0b08010c")) == 1);      // group 1 with one field
  CHECK(fields(unhex("0b130801140c")) == 1);  // nested groups
}

TEST_CASE("Protobuf reader: malformed bytes are refused", "[wire]") {
  CHECK(fields(unhex("08")) == -1);                        // value missing
  CHECK(fields(unhex("0880")) == -1);                      // varint cut
  CHECK(fields(unhex("08ffffffffffffffffff02")) == -1);    // more than 64 bits
  CHECK(fields(unhex("088080808080808080808001")) == -1);  // eleven bytes
  CHECK(fields(unhex("0001")) == -1);                      // field number 0
  CHECK(fields(unhex("0e")) == -1);                        // wire type 6
  CHECK(fields(unhex("0f")) == -1);                        // wire type 7
  CHECK(fields(unhex("0c")) == -1);                        // end of no group
  CHECK(fields(unhex("0b0801")) == -1);                    // group not ended
  CHECK(fields(unhex("0b080114")) == -1);                  // ended by another number
  CHECK(fields(unhex("0a0568656c")) == -1);                // length beyond the end
  CHECK(fields(unhex("0affffffffffffffffff01")) == -1);    // length of 2^64-1
  CHECK(fields(unhex("f8ffffff7f01")) == -1);              // tag above 32 bits
  std::string deep(17, '\x0b');
  CHECK(fields(deep + std::string(17, '\x0c')) == -1);  // groups nested too deep
  deep.resize(16);
  CHECK(fields(deep + std::string(16, '\x0c')) == 1);
}

TEST_CASE("Protobuf writer: what it writes is read back", "[wire]") {
  Writer inner;
  inner.text(1, "x");
  Writer w;
  w.varint(1, 0);
  w.varint(2, ~0ULL);
  w.message(300, inner);
  w.varint_unless_zero(4, 0);
  w.text_unless_empty(5, "");
  CHECK(slim::base::to_hex(w.view()) == "080010ffffffffffffffffff01e212030a0178");
  for (const std::uint64_t v : {0ULL, 127ULL, 128ULL, 16383ULL, 16384ULL, ~0ULL}) {
    Byte buffer[10];
    CHECK(static_cast<std::size_t>(write_varint(v, buffer) - buffer) == varint_size(v));
  }
}

TEST_CASE("pb: a varint reads the same at the end of a message and far from it", "[wire]") {
  for (unsigned bits = 0; bits <= 64; ++bits) {
    const std::uint64_t base = bits == 64 ? ~0ULL : (1ULL << bits) - 1;
    for (const std::uint64_t value : {base, base ^ (base >> 3), base / 3}) {
      for (const std::size_t behind : {0U, 1U, 5U, 9U, 20U}) {
        Writer w;
        w.varint(1, value);
        w.text(2, std::string(behind, '\xff'));
        Reader reader(w.view());
        Field field;
        REQUIRE(reader.next(field));
        CHECK(field.value == value);
        REQUIRE(reader.next(field));
        CHECK(field.bytes.size() == behind);
        CHECK_FALSE(reader.next(field));
        CHECK(reader.ok());
      }
    }
  }
}

TEST_CASE("pb: varints of more than 64 bits are malformed, with and without bytes behind",
          "[wire]") {
  for (const std::size_t behind : {0U, 20U}) {
    for (const std::string& bad : {std::string(9, '\xff') + '\x02',
                                   std::string(10, '\x80') + '\x01', std::string(10, '\xff')}) {
      const std::string message = '\x08' + bad + std::string(behind, '\0');
      Reader reader(as_bytes(message));
      Field field;
      CHECK_FALSE(reader.next(field));
      CHECK_FALSE(reader.ok());
    }
    // Longer than needed, and still of 64 bits.
    const std::string padded = '\x08' + std::string(9, '\x80') + std::string(1, '\0');
    Reader reader(as_bytes(padded));
    Field field;
    REQUIRE(reader.next(field));
    CHECK(field.value == 0);
  }
}
