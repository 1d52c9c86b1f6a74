#include "../../../lib/transport/src/deframer.hpp"

#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/seed.hpp"

using namespace slim;
using transport::Deframer;

namespace {

std::string framed(const std::string& message, char flag = 0) {
  std::string out(1, flag);
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(message.size() >> shift));
  return out + message;
}

struct Receiver {
  Deframer deframer{100'000};
  std::vector<std::string> got;
  std::vector<bool> owned;
  std::size_t consumed = 0;
  int hold_at = -1;  ///< the message at which it holds once

  auto offer() {
    return [this](base::ByteView m, const base::SharedBytes& owner) {
      if (static_cast<int>(got.size()) == hold_at) {
        hold_at = -1;
        return Deframer::Offer::held;
      }
      got.emplace_back(base::as_text(m));
      owned.push_back(static_cast<bool>(owner));
      return Deframer::Offer::taken;
    };
  }
  Deframer::Status feed(const std::string& bytes) {
    return deframer.feed(base::as_bytes(bytes), nullptr, consumed, offer());
  }
  Deframer::Status resume() { return deframer.resume(consumed, offer()); }
};

}  // namespace

TEST_CASE("Deframer: messages come out whole however the bytes are cut", "[transport]") {
  const std::uint64_t seed = test::seed_or(std::random_device{}());
  INFO("SLIM_TEST_SEED=" << seed);
  std::mt19937_64 rng(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> sent;
    std::string bytes;
    for (int i = 0; i < 20; ++i) {
      sent.emplace_back(rng() % (rng() % 4 == 0 ? 20'000 : 40), static_cast<char>('a' + i));
      bytes += framed(sent.back());
    }
    Receiver r;
    r.hold_at = static_cast<int>(rng() % 20);
    std::size_t at = 0;
    while (at < bytes.size()) {
      const std::size_t n =
          std::min<std::size_t>(1 + rng() % (rng() % 2 ? 7 : 30'000), bytes.size() - at);
      REQUIRE(r.feed(bytes.substr(at, n)) == Deframer::Status::ok);
      at += n;
      if (r.deframer.holding() && rng() % 3 == 0) REQUIRE(r.resume() == Deframer::Status::ok);
    }
    if (r.deframer.holding()) REQUIRE(r.resume() == Deframer::Status::ok);
    CHECK(r.got == sent);
    CHECK(r.consumed == bytes.size());
  }
}

TEST_CASE("Deframer: a held message keeps what is behind it, uncounted", "[transport]") {
  Receiver r;
  r.hold_at = 1;
  REQUIRE(r.feed(framed("one") + framed("two") + framed("three")) == Deframer::Status::ok);
  CHECK(r.got == std::vector<std::string>{"one"});
  CHECK(r.consumed == 8);
  REQUIRE(r.feed(framed("four")) == Deframer::Status::ok);
  CHECK(r.got.size() == 1);
  REQUIRE(r.resume() == Deframer::Status::ok);
  CHECK(r.got == std::vector<std::string>{"one", "two", "three", "four"});
  CHECK(r.consumed == 8 + 8 + 10 + 9);
}

TEST_CASE("Deframer: bytes of a partly received message are counted as they come", "[transport]") {
  Receiver r;
  const std::string message = framed(std::string(50'000, 'x'));
  REQUIRE(r.feed(message.substr(0, 30'000)) == Deframer::Status::ok);
  CHECK(r.consumed == 30'000);
}

TEST_CASE("Deframer: large messages are worth sharing, small ones are not", "[transport]") {
  Receiver r;
  const std::string large = framed(std::string(20'000, 'x'));
  REQUIRE(r.feed(large.substr(0, 100)) == Deframer::Status::ok);
  REQUIRE(r.feed(large.substr(100)) == Deframer::Status::ok);
  REQUIRE(r.feed(framed("small")) == Deframer::Status::ok);
  CHECK(r.owned == std::vector<bool>{true, false});
}

TEST_CASE("Deframer: too long and compressed messages are refused before their bytes",
          "[transport]") {
  {
    Receiver r;
    CHECK(r.feed(framed("ok") + std::string("\0\0\1\x86\xa1", 5)) == Deframer::Status::too_large);
    CHECK(r.got.size() == 1);
  }
  {
    Receiver r;
    CHECK(r.feed(std::string("\0\xff", 2)) == Deframer::Status::ok);
    CHECK(r.feed(std::string("\xff\xff\xff", 3)) == Deframer::Status::too_large);
  }
  Receiver r;
  CHECK(r.feed(framed("x", 1)) == Deframer::Status::compressed);
}

TEST_CASE("Deframer: an empty message is a message", "[transport]") {
  Receiver r;
  const std::string empty = framed("");
  REQUIRE(r.feed(empty + empty.substr(0, 2)) == Deframer::Status::ok);
  REQUIRE(r.feed(empty.substr(2)) == Deframer::Status::ok);
  CHECK(r.got == std::vector<std::string>{"", ""});
}
