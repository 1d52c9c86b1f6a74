// Telling generations apart (docs/protocol/wire.md 13.1).
#include <slim/name/hash.hpp>
#include <slim/wire/control.hpp>
#include <slim/wire/detect.hpp>
#include <slim/wire/pb.hpp>

#include "golden.hpp"
#include "support/catch.hpp"

using namespace slim;
using namespace slim::wire;
using base::as_bytes;
using test::unhex;
namespace golden = test::golden;

namespace {

Detection detected(const std::string& message) {
  return detect(PathKind::dataplane, as_bytes(message));
}

std::string wrap(std::uint32_t number, const std::string& content) {
  pb::Writer w;
  w.text(number, content);
  return std::move(w).take();
}

std::string link(const std::string& payload) { return wrap(5, wrap(1, payload)); }

bool is(const Detection& d, Generation generation, bool has_link = false) {
  return d.generation == generation && d.has_link == has_link && d.error == DetectError::none;
}

const std::string kId = wrap(1, golden::kLinkId);
const std::string kFlat = unhex("080110021803");

}  // namespace

TEST_CASE("Detect: the path alone tells generation A", "[wire]") {
  for (const std::string& m : {golden::kSubscribeA3, golden::kPublish, std::string("\xff")}) {
    CHECK(is(detect(PathKind::pubsub, as_bytes(m)), Generation::a));
  }
}

TEST_CASE("Detect: published first messages", "[wire]") {
  CHECK(is(detected(golden::kSubscribeA5), Generation::b));
  CHECK(is(detected(golden::kPublishB), Generation::b));
  CHECK(is(detected(golden::kSubscribeC), Generation::c));
  CHECK(is(detected(golden::kPublishC), Generation::c));
  CHECK(is(detected(golden::kLinkRequestC), Generation::c, true));
  CHECK(is(detected(golden::kLinkRequest), Generation::d, true));
  CHECK(is(detected(golden::kLinkReply), Generation::d, true));
  // D without Link: read as D, whose negotiation refuses it.
  CHECK(is(detected(golden::kSubscribe), Generation::d));
  CHECK(is(detected(golden::kPublish), Generation::d));
}

TEST_CASE("Detect: a Link is D's by any of D's fields, else by its version", "[wire]") {
  const std::string version = wrap(2, "1.4.0");
  for (const std::string& field :
       {wrap(4, ""), unhex("2800"), wrap(6, ""), wrap(7, "d"), wrap(8, "k")}) {
    CHECK(is(detected(link(field)), Generation::d, true));
    CHECK(is(detected(link(kId + version + field)), Generation::d, true));
  }
  CHECK(is(detected(link(wrap(2, "2.0.0"))), Generation::d, true));
  CHECK(is(detected(link(kId + wrap(2, "13.0.0-rc.1"))), Generation::d, true));
  CHECK(is(detected(link(kId + version)), Generation::c, true));
  CHECK(is(detected(link(kId + wrap(2, "0.9.0") + wrap(9, "new"))), Generation::c, true));
  // In two pieces, which decoders merge.
  CHECK(is(detected(wrap(5, wrap(1, kId) + wrap(1, version))), Generation::c, true));
}

TEST_CASE("Detect: a Link that a C acceptor ignores leaves the generation open", "[wire]") {
  const std::string version = wrap(2, "1.4.0");
  CHECK(detected(wrap(5, "")).undecided());
  CHECK(detected(link("")).undecided());
  CHECK(detected(link(version)).undecided());
  CHECK(detected(link(kId)).undecided());
  CHECK(detected(link(kId + wrap(2, "banana"))).undecided());
  CHECK(detected(link(wrap(1, "my-link") + version)).undecided());
  CHECK(detected(link(wrap(1, "6f1c2b9e-0000-1000-8000-0123456789ab") + version)).undecided());
  CHECK(detected(link(kId + version + unhex("1801"))).undecided());
}

TEST_CASE("Detect: no known member tells nothing", "[wire]") {
  for (const std::string& m : {std::string(), wrap(9, "x"), wrap(4, wrap(1, "k")), unhex("7801")}) {
    CHECK(detected(m).undecided());
  }
}

TEST_CASE("Detect: an ack as first message is an error", "[wire]") {
  CHECK(detected(golden::kAckSuccess).error == DetectError::ack_first);
}

TEST_CASE("Detect: the names of the header, whatever the member", "[wire]") {
  for (const std::uint32_t member : {1U, 2U, 3U}) {
    const auto by_source = [&](const std::string& source) {
      return detected(wrap(member, wrap(1, wrap(1, source))));
    };
    CHECK(is(by_source(kFlat), Generation::b));
    CHECK(is(by_source(wrap(1, kFlat)), Generation::c));
    CHECK(is(by_source(wrap(1, kFlat + unhex("2005"))), Generation::c));
    CHECK(is(by_source(wrap(1, kFlat + wrap(4, ""))), Generation::d));
    CHECK(is(by_source(wrap(2, "") + wrap(1, kFlat)), Generation::c));
    // Behind what belongs to the member and to the header.
    CHECK(is(detected(wrap(member, wrap(2, "x") + wrap(1, unhex("1801") + wrap(1, kFlat)))),
             Generation::b));
    // The destination helps out.
    CHECK(is(detected(wrap(member, wrap(1, wrap(1, "") + wrap(2, kFlat)))), Generation::b));
  }
}

TEST_CASE("Detect: without names the other header fields tell, if they do", "[wire]") {
  const auto by_fields = [](const std::string& fields) {
    return detected(wrap(3, wrap(1, fields)));
  };
  CHECK(is(by_fields(wrap(3, "tok")), Generation::d));
  CHECK(is(by_fields(wrap(4, "tok")), Generation::c));
  CHECK(is(by_fields(wrap(5, "2.3.0")), Generation::d));
  CHECK(is(by_fields(wrap(11, "mac")), Generation::d));
  CHECK(is(by_fields(unhex("18012001")), Generation::b));
  CHECK(by_fields(unhex("1801")).undecided());
  CHECK(by_fields("").undecided());
  CHECK(by_fields(wrap(3, "") + wrap(4, "")).undecided());
  CHECK(detected(wrap(3, "")).undecided());
}

TEST_CASE("Detect: malformed first messages have a reason", "[wire]") {
  CHECK(detected("\xff").error == DetectError::malformed);
  CHECK(detected(unhex("0a05")).error == DetectError::malformed);
  CHECK(detected(wrap(1, unhex("0a05"))).error == DetectError::malformed);
  CHECK(detected(wrap(1, wrap(1, unhex("0a05")))).error == DetectError::malformed);
  CHECK(detected(wrap(1, wrap(1, wrap(1, unhex("1205"))))).error == DetectError::malformed);
  CHECK(detected(wrap(1, wrap(1, wrap(1, wrap(1, unhex("0a05")))))).error ==
        DetectError::malformed);
  CHECK(detected(wrap(5, unhex("0a05"))).error == DetectError::malformed);
  CHECK(detected(link(unhex("0a05"))).error == DetectError::malformed);
  CHECK(detected(unhex("0801")).error == DetectError::wire_type);
  CHECK(detected(unhex("2801")).error == DetectError::wire_type);
  CHECK(detected(wrap(1, unhex("0801"))).error == DetectError::wire_type);
  CHECK(detected(wrap(1, wrap(1, unhex("0801")))).error == DetectError::wire_type);
  CHECK(detected(wrap(1, wrap(1, wrap(1, unhex("0901020304050607ff"))))).error ==
        DetectError::wire_type);
  CHECK(detected(wrap(5, unhex("0801"))).error == DetectError::wire_type);
  CHECK(detected(link(unhex("0801"))).error == DetectError::wire_type);
  CHECK(detected(link(wrap(1, "\xff"))).error == DetectError::utf8);
  CHECK(detected(golden::kSubscribeC + golden::kSubscribeC).error == DetectError::repeated);
  CHECK(detected(wrap(5, "") + wrap(1, "")).error == DetectError::repeated);
  CHECK(detected(wrap(1, wrap(1, "") + wrap(1, ""))).error == DetectError::repeated);
}

TEST_CASE("Detect: every cut and every changed byte of a real message ends somewhere", "[wire]") {
  for (const std::string& m : {golden::kSubscribeA5, golden::kPublishB, golden::kSubscribeC,
                               golden::kLinkRequestC, golden::kLinkRequest, golden::kSubscribe}) {
    for (std::size_t n = 1; n < m.size(); ++n) {
      CHECK(detected(m.substr(0, n)).error == DetectError::malformed);
    }
    for (std::size_t n = 0; n < m.size(); ++n) {
      std::string changed = m;
      for (int bit = 0; bit < 8; ++bit) {
        changed[n] = static_cast<char>(m[n] ^ (1 << bit));
        const Detection d = detected(changed);
        CHECK((d.error == DetectError::none || !d.generation));
      }
    }
  }
}

TEST_CASE("Detect: the dialect of generation A", "[wire]") {
  const auto dialect = [](const std::string& m) {
    MessageView v;
    REQUIRE(decode_a(as_bytes(m), v) == DecodeError::none);
    return dialect_of_a(v, as_bytes(m));
  };
  CHECK(dialect(golden::kSubscribeA3) == Dialect::a3);
  CHECK(dialect(golden::kSubscribeA5) == Dialect::a5);
  CHECK(dialect(golden::kPublishA3) == Dialect::a3);  // destination without id
  CHECK(dialect(golden::kPublishA5) == Dialect::a5);  // four session fields
  const std::string name = kFlat + unhex("2001");
  CHECK(dialect(wrap(3, wrap(1, wrap(1, name) + wrap(2, name)))) == std::nullopt);
  CHECK(dialect(wrap(1, wrap(1, wrap(1, name) + wrap(2, name)))) == std::nullopt);
  CHECK(dialect("") == std::nullopt);
}
