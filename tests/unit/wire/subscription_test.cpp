// Subscriptions that a node makes as an application of another node does.
#include <slim/name/hash.hpp>
#include <slim/wire/control.hpp>
#include <slim/wire/pb.hpp>

#include "golden.hpp"
#include "support/catch.hpp"

using namespace slim;
using namespace slim::wire;
using base::as_bytes;
using test::hex;
namespace golden = test::golden;

namespace {

constexpr Dialect kDialects[] = {Dialect::a3, Dialect::a5, Dialect::b, Dialect::c, Dialect::d};

const name::Name kA = name::make_name("org", "ns", "a", {0, 1});
const name::Name kB = name::make_name("org", "ns", "b");

MessageView view_of(Dialect dialect, const std::string& message) {
  MessageView view;
  REQUIRE(decode(generation_of(dialect), as_bytes(message), view) == DecodeError::none);
  return view;
}

std::string wrap(std::uint32_t number, const std::string& content) {
  pb::Writer w;
  w.text(number, content);
  return std::move(w).take();
}

}  // namespace

TEST_CASE("Own subscriptions: published bytes", "[wire]") {
  const auto own = [](Dialect dialect, std::string_view identity, std::uint64_t id) {
    const auto m = encode_subscription(
        dialect, {.name = kA, .source = kA, .identity = identity, .subscription_id = id});
    REQUIRE(m);
    return hex(*m);
  };
  CHECK(own(Dialect::a3, "", 42) == hex(golden::kSubscribeA3));
  CHECK(own(Dialect::a5, "", 42) == hex(golden::kSubscribeA5));
  CHECK(own(Dialect::b, "", 0) == hex(golden::kSubscribeA5));
  CHECK(own(Dialect::c, "tok", 42) == hex(golden::kSubscribeC));
  // The token stands in the metadata from 0.4 to 0.6, and nowhere before.
  const std::string metadata = wrap(4, wrap(1, "SLIM_IDENTITY") + wrap(2, "tok"));
  CHECK(own(Dialect::a3, "tok", 0) == hex(golden::kSubscribeA3));
  CHECK(own(Dialect::a5, "tok", 0) == hex(golden::kSubscribeA5 + metadata));
  CHECK(own(Dialect::b, "tok", 0) == hex(golden::kSubscribeA5 + metadata));
}

TEST_CASE("Own subscriptions: every dialect reads them as what they say", "[wire]") {
  for (const Dialect dialect : kDialects) {
    for (const Kind kind : {Kind::subscribe, Kind::unsubscribe}) {
      for (const name::InstanceId id :
           {name::InstanceId::wildcard(), name::InstanceId{0, 0}, name::InstanceId{0, 7}}) {
        INFO(static_cast<int>(dialect) << ' ' << to_string(kind) << ' ' << name::to_string(id));
        name::Name wanted = kB;
        wanted.id = id;
        const auto m = encode_subscription(
            dialect,
            {.kind = kind, .name = wanted, .source = kA, .identity = "tok", .subscription_id = 9});
        REQUIRE(m);
        const MessageView v = view_of(dialect, *m);
        CHECK(v.kind == kind);
        CHECK(missing_part(v).empty());
        CHECK(v.header.fanout == 1);
        CHECK(v.header.destination.id == id);
        CHECK(v.header.source.id == kA.id);
        CHECK(v.header.destination.hashes == hashes_of(dialect, kB.parts));
        CHECK(v.header.source.hashes == hashes_of(dialect, kA.parts));
        const bool flat = dialect <= Dialect::b;
        CHECK(v.subscription_id == (flat ? 0U : 9U));
        const bool strings = dialect >= Dialect::b || kind == Kind::subscribe;
        CHECK(v.header.destination.has_strings == strings);
        if (strings) CHECK(to_name(v.header.destination, as_bytes(*m)).parts == kB.parts);
        CHECK(v.header.identity.text_in(as_bytes(*m)) == (flat ? "" : "tok"));
        CHECK(v.header.ttl == (dialect == Dialect::d ? kInitialTtl : 0));
      }
    }
  }
}

TEST_CASE("Own subscriptions: C and D get the hashes of the name, whatever its strings", "[wire]") {
  name::Name odd = kB;
  odd.hashes = {1, 2, 3};
  for (const Dialect dialect : {Dialect::c, Dialect::d}) {
    const auto m = encode_subscription(dialect, {.name = odd, .source = kA});
    REQUIRE(m);
    CHECK(to_name(view_of(dialect, *m).header.destination, as_bytes(*m)) == odd);
  }
}

TEST_CASE("Own subscriptions: an id of 128 bits exists in D only", "[wire]") {
  for (const name::InstanceId id :
       {name::InstanceId{1, 0}, name::InstanceId{0, ~std::uint64_t{0}}}) {
    CHECK_FALSE(fits_64_bits(id));
    name::Name wide = kB;
    wide.id = id;
    for (const Dialect dialect : kDialects) {
      const bool exists = dialect == Dialect::d;
      CHECK(encode_subscription(dialect, {.name = wide, .source = kA}).has_value() == exists);
      CHECK(encode_subscription(dialect, {.name = kA, .source = wide}).has_value() == exists);
    }
  }
  CHECK(fits_64_bits(name::InstanceId::wildcard()));
  CHECK(fits_64_bits({0, 0}));
}

TEST_CASE("Restated subscriptions: an id in C and D, the strings in A and B", "[wire]") {
  const std::string extra = wrap(4, wrap(1, "k") + wrap(2, "v"));
  for (const Dialect dialect : kDialects) {
    for (const Kind kind : {Kind::subscribe, Kind::unsubscribe}) {
      INFO(static_cast<int>(dialect) << ' ' << to_string(kind));
      const SubscriptionRequest request{
          .kind = kind, .name = kB, .source = kA, .subscription_id = 5};
      const std::string original = encode_subscription(dialect, request).value();
      const std::string m = extra + original;
      const std::string out = restate_subscription(view_of(dialect, m), as_bytes(m), 77, {8, 3});
      const MessageView v = view_of(dialect, out);
      CHECK(v.before_member.size == 0);
      CHECK(v.kind == kind);
      CHECK(v.header.incoming_conn == 3);
      CHECK(v.subscription_id == (dialect >= Dialect::c ? 77U : 0U));
      const MessageView before = view_of(dialect, original);
      CHECK(v.header.destination.has_strings == before.header.destination.has_strings);
      CHECK(to_name(v.header.destination, as_bytes(out)) ==
            to_name(before.header.destination, as_bytes(original)));
    }
  }
}
