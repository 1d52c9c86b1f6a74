#include <set>

#include <slim/transport/close_reason.hpp>

#include "../../../lib/transport/src/frame_budget.hpp"
#include "../../../lib/transport/src/grpc_text.hpp"
#include "../../../lib/transport/src/stream_ids.hpp"
#include "support/catch.hpp"

using namespace slim;
using namespace slim::transport;
using namespace std::chrono_literals;

TEST_CASE("Frame budget: a burst, then a rate, then a burst again", "[transport]") {
  FrameBudget budget(10, 5);
  base::Instant now{1h};
  for (int i = 0; i < 10; ++i) CHECK(budget.take(now));
  CHECK_FALSE(budget.take(now));
  now += 1s;
  for (int i = 0; i < 5; ++i) CHECK(budget.take(now));
  CHECK_FALSE(budget.take(now));
  now += 1h;
  for (int i = 0; i < 10; ++i) CHECK(budget.take(now));
  CHECK_FALSE(budget.take(now));
}

TEST_CASE("Stream ids: those that were passed over are known, those that were used are not",
          "[transport]") {
  StreamIds ids;
  CHECK_FALSE(ids.is_passed_over(1));
  CHECK_FALSE(ids.is_passed_over(7));
  CHECK(ids.is_passed_over(3));
  CHECK(ids.is_passed_over(5));
  CHECK_FALSE(ids.is_passed_over(1));
  CHECK_FALSE(ids.is_passed_over(7));
  CHECK_FALSE(ids.is_passed_over(9));
  for (int i = 1; i < 1000; ++i) CHECK_FALSE(ids.is_passed_over(9 + i * 10));
}

TEST_CASE("grpc-message: percent-encoded both ways", "[transport]") {
  CHECK(encode_grpc_message("self-connection rejected: same node_id") ==
        "self-connection%20rejected:%20same%20node_id");
  CHECK(encode_grpc_message("100%\n\xc3\xbc") == "100%25%0A%C3%BC");
  for (const char* text : {"", "plain", "a b%c", "\xc3\xbc\x01"}) {
    CHECK(decode_grpc_message(encode_grpc_message(text)) == text);
  }
  CHECK(decode_grpc_message("50% of%2") == "50% of%2");
  CHECK(decode_grpc_message("%zz") == "%zz");
}

TEST_CASE("Close reasons: every one has a name of its own", "[transport]") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kCloseReasons; ++i)
    names.insert(to_string(static_cast<CloseReason>(i)));
  CHECK(names.size() == kCloseReasons);
}
