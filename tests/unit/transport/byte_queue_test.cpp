#include <deque>
#include <random>

#include <slim/transport/byte_queue.hpp>

#include "support/catch.hpp"
#include "support/seed.hpp"

using namespace slim;
using transport::ByteQueue;

namespace {

std::string content(ByteQueue& queue) {
  std::string out;
  while (!queue.empty()) {
    const auto part = queue.front();
    out += base::as_text(part);
    queue.pop(part.size());
  }
  return out;
}

}  // namespace

TEST_CASE("Byte queue: small pieces come out together, in order", "[transport]") {
  ByteQueue queue;
  queue.append(base::as_bytes("hello "));
  queue.append(base::as_bytes(""));
  base::Byte* place = queue.append(5);
  std::copy_n("world", 5, place);
  CHECK(queue.size() == 11);
  CHECK(base::as_text(queue.front()) == "hello world");
  CHECK(content(queue) == "hello world");
}

TEST_CASE("Byte queue: shared pieces are not copied and stay alive", "[transport]") {
  ByteQueue queue;
  const base::Byte* original = nullptr;
  {
    const auto shared = base::SharedBytes::copy_of(base::as_bytes("large"));
    original = shared.data();
    queue.append(base::as_bytes("a"));
    queue.append_shared(shared.view(), shared);
    queue.append(base::as_bytes("b"));
  }
  iovec parts[8];
  REQUIRE(queue.gather(parts, 8) == 3);
  CHECK(parts[1].iov_base == original);
  CHECK(content(queue) == "alargeb");
}

TEST_CASE("Byte queue: agrees with a plain string over random operations", "[transport]") {
  const std::uint64_t seed = test::seed_or(std::random_device{}());
  INFO("SLIM_TEST_SEED=" << seed);
  std::mt19937_64 rng(seed);
  ByteQueue a, b;
  std::string model_a, model_b;
  std::uint8_t next = 0;
  for (int step = 0; step < 5'000; ++step) {
    const std::size_t n = rng() % 3000;
    switch (rng() % 6) {  // as much in as out, so that the model stays small
      case 0: {
        base::Byte* place = a.append(n);
        for (std::size_t i = 0; i < n; ++i) {
          place[i] = next;
          model_a.push_back(static_cast<char>(next++));
        }
        break;
      }
      case 1: {
        const auto shared =
            base::SharedBytes::copy_of(base::as_bytes(std::string(n, static_cast<char>(next))));
        model_a.append(n, static_cast<char>(next++));
        a.append_shared(shared.view(), shared);
        break;
      }
      case 2:
      case 3: {
        const std::size_t k = std::min(n, a.size());
        a.move_to(b, k);
        model_b += model_a.substr(0, k);
        model_a.erase(0, k);
        break;
      }
      default: {
        const std::size_t k = std::min(n, b.size());
        if (k > 0) REQUIRE(base::as_text(b.front())[0] == model_b[0]);
        b.pop(k);
        model_b.erase(0, k);
      }
    }
    REQUIRE(a.size() == model_a.size());
    REQUIRE(b.size() == model_b.size());
  }
  CHECK(content(a) == model_a);
  CHECK(content(b) == model_b);
}
