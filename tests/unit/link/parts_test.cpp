#include <thread>

#include <slim/link/admission.hpp>
#include <slim/link/forwarding_time.hpp>
#include <slim/link/options.hpp>

#include "../../../lib/link/src/handoff.hpp"
#include "support/catch.hpp"
#include "support/test_node.hpp"

using namespace slim;
using namespace slim::link;
using namespace std::chrono_literals;

// docs/protocol/config.md 7.3
TEST_CASE("Backoff: exponential is base to the n times factor, capped, with jitter on request",
          "[link]") {
  Backoff b;
  b.kind = Backoff::Kind::exponential;
  b.base = 100;
  b.max_delay = 1s;
  CHECK(b.delay(1, 0.5) == 100ms);
  CHECK(b.delay(2, 0.5) == 1s);
  CHECK(b.delay(1000, 0.5) == 1s);
  b.jitter = true;
  CHECK(b.delay(2, 0.25) == 250ms);
  b = {};
  b.kind = Backoff::Kind::exponential;
  b.base = 2;
  b.factor = 10;
  b.max_delay = 1h;
  CHECK(b.delay(3, 0) == 80ms);
}

TEST_CASE("Backoff: fixed is spread unless told otherwise", "[link]") {
  Backoff b;
  CHECK(b.delay(1, 0.5) == 2s);
  CHECK(b.delay(1, 0.0) == 1600ms);
  CHECK(b.delay(9, 0.9999) < 2400ms);
  b.spread = 0;
  CHECK(b.delay(7, 0.1) == 2s);
}

TEST_CASE("Admission: no more than the limits, shared evenly, and told of room once", "[link]") {
  Admission admission({4, 2}, 2);
  int told = 0;
  admission.on_room([&] { ++told; });
  REQUIRE(admission.has_room());
  CHECK(admission.enter() == 0);
  REQUIRE(admission.has_room());
  CHECK(admission.enter() == 1);
  CHECK_FALSE(admission.has_room());  // two handshakes
  admission.handshake_over();
  CHECK(told == 1);
  admission.handshake_over();
  CHECK(told == 1);
  CHECK(admission.enter() == 0);
  CHECK(admission.enter() == 1);
  admission.handshake_over();
  admission.handshake_over();
  CHECK_FALSE(admission.has_room());  // four connections
  admission.leave(0);
  CHECK(told == 2);
  REQUIRE(admission.has_room());
  CHECK(admission.enter() == 0);
}

namespace {

/// Puts numbered messages through a handoff; every tenth is shared.
struct Sample {
  std::string bytes;
  wire::MessageView view;
  base::SharedBytes owner;
  explicit Sample(std::uint64_t number) {
    bytes = test::make_publish(test::n("x", number), {.payload = std::string(number % 700, 'p')});
    if (number % 10 == 0) owner = base::SharedBytes::copy_of(base::as_bytes(bytes));
    (void)wire::decode_d(view_bytes(), view);
  }
  base::ByteView view_bytes() const { return owner ? owner.view() : base::as_bytes(bytes); }
  forward::Departure departure(std::uint64_t number) const {
    const base::ByteView all = view_bytes();
    return {view, all, view.tail.in(all), owner, 7, number, forward::LinkType::edge};
  }
};

}  // namespace

TEST_CASE("Hand-over: between two threads everything arrives in order and none sleeps through it",
          "[link]") {
  constexpr std::uint64_t kMessages = 100'000;
  Handoff handoff(256 * 1024);
  std::atomic<int> wakes{0};
  std::atomic<int> rooms{0};
  std::atomic<bool> wrong{false};
  std::thread consumer([&] {
    std::uint64_t next = 0;
    while (next < kMessages) {
      if (wakes.load() == 0) {
        std::this_thread::yield();
        continue;
      }
      --wakes;
      while (auto batch = handoff.take()) {
        for (const auto& m : batch->messages()) {
          const forward::Departure d = batch->departure(m);
          const std::string payload(next % 700, 'p');
          if (d.incoming_conn != next || d.view.header.destination.id.low != next ||
              d.view.header.identity.text_in(d.bytes) != "token" ||
              !base::as_text(d.tail).ends_with(payload) || d.tail.size() != d.view.tail.size ||
              batch->targets_of(m).size() != 1 + next % 3) {
            wrong = true;
          }
          ++next;
        }
        if (handoff.done(std::move(batch))) ++rooms;
      }
    }
  });
  const std::vector<forward::LinkRef> targets(3,
                                              forward::LinkRef(forward::LinkType::edge, 1, 2, 3));
  for (std::uint64_t i = 0; i < kMessages;) {
    if (!handoff.has_room()) {
      if (handoff.pass() == Handoff::Passed::wake) ++wakes;
      if (handoff.ask_for_room()) {
        while (rooms.load() == 0) std::this_thread::yield();
        rooms = 0;
      }
      continue;
    }
    const Sample sample(i);
    handoff.filling().add(std::span(targets).first(1 + i % 3), sample.departure(i));
    ++i;
    if (i % 50 == 0 && handoff.pass() == Handoff::Passed::wake) ++wakes;
  }
  while (handoff.pass() != Handoff::Passed::quiet) ++wakes;
  consumer.join();
  CHECK_FALSE(wrong);
}

TEST_CASE("Forwarding time: the first is measured, then one in so many", "[link]") {
  ForwardingTime time;
  unsigned measured = 0;
  for (std::uint32_t i = 0; i < 2 * ForwardingTime::kEvery + 1; ++i) {
    if (!time.due()) continue;
    CHECK(i % ForwardingTime::kEvery == 0);
    ++measured;
    time.observe(3us);
  }
  CHECK(measured == 3);
  CHECK(time.histogram().count(2) == 3);
}
