// Names and data across generations (docs/protocol/wire.md 14).
#include <map>

#include <slim/name/hash.hpp>
#include <slim/wire/control.hpp>
#include <slim/wire/pb.hpp>
#include <slim/wire/translate.hpp>

#include "golden.hpp"
#include "support/catch.hpp"

using namespace slim;
using namespace slim::wire;
using base::as_bytes;
using test::hex;
using test::unhex;
namespace golden = test::golden;

namespace {

using Parts = std::array<std::string, 3>;
constexpr Dialect kDialects[] = {Dialect::a3, Dialect::a5, Dialect::b, Dialect::c, Dialect::d};

class Dictionary final : public NameDictionary {
 public:
  void learn(const Parts& parts) {
    for (const Dialect d : {Dialect::a3, Dialect::d})
      known_[{d == Dialect::a3, hashes_of(d, parts)}] = parts;
  }
  std::optional<Parts> strings(Dialect dialect, const name::Hashes& hashes) override {
    const auto found = known_.find({dialect == Dialect::a3, hashes});
    if (found == known_.end()) return std::nullopt;
    return found->second;
  }
  std::optional<std::uint64_t> alias(const name::InstanceId& id) override {
    if (id.high == 0) return id.low;
    const auto found = aliases.find(id);
    if (found == aliases.end()) return std::nullopt;
    return found->second;
  }
  name::InstanceId id_of(std::uint64_t alias) override {
    for (const auto& [id, a] : aliases) {
      if (a == alias) return id;
    }
    return {0, alias};
  }

  std::map<name::InstanceId, std::uint64_t> aliases;

 private:
  std::map<std::pair<bool, name::Hashes>, Parts> known_;
};

Dictionary learnt() {
  Dictionary d;
  d.learn({"org", "ns", "a"});
  d.learn({"org", "ns", "b"});
  return d;
}

std::string wrap(std::uint32_t number, const std::string& content) {
  pb::Writer w;
  w.text(number, content);
  return std::move(w).take();
}
std::string entry(const std::string& key, const std::string& value) {
  return wrap(4, wrap(1, key) + wrap(2, value));
}

MessageView view_of(Dialect dialect, const std::string& message) {
  MessageView view;
  REQUIRE(decode(generation_of(dialect), as_bytes(message), view) == DecodeError::none);
  return view;
}

base::Result<std::string, TranslateError> translated(const std::string& message, Dialect from,
                                                     Dialect to, NameDictionary& names) {
  return translate_publish(view_of(from, message), as_bytes(message), from, to, names);
}

TranslateError refused(const std::string& message, Dialect from, Dialect to) {
  Dictionary names = learnt();
  const auto out = translated(message, from, to, names);
  REQUIRE_FALSE(out);
  return out.error();
}

/// Publish org/ns/a id 1 → org/ns/b with this session header and content, as raw bytes.
std::string publish(Dialect dialect, const std::string& session, const std::string& content,
                    const std::string& more_header = "") {
  const auto name_in = [&](const char* service, name::InstanceId id) {
    name::Name n = name::make_name("org", "ns", service, id);
    n.hashes = hashes_of(dialect, n.parts);
    return encode_name(dialect, n);
  };
  const std::string header = wrap(1, name_in("a", {0, 1})) +
                             wrap(2, name_in("b", name::InstanceId::wildcard())) + more_header;
  return wrap(3, wrap(1, header) + wrap(2, session) +
                     wrap(generation_of(dialect) == Generation::a ? 4 : 3, content));
}

std::string content(Dialect dialect, const std::string& blob = "hi") {
  const std::string data = wrap(1, "msg") + wrap(2, blob);
  return dialect <= Dialect::b ? data : wrap(1, data);
}

std::string types(Dialect dialect, unsigned session_type, unsigned message_type) {
  pb::Writer w;
  w.varint(1, dialect == Dialect::a3 ? message_type : session_type);
  if (dialect != Dialect::a3) w.varint(2, message_type);
  return std::move(w).take();
}

const std::map<Dialect, std::string> kPublished = {{Dialect::a3, golden::kPublishA3},
                                                   {Dialect::a5, golden::kPublishA5},
                                                   {Dialect::b, golden::kPublishB},
                                                   {Dialect::c, golden::kPublishC},
                                                   {Dialect::d, golden::kPublish}};

}  // namespace

TEST_CASE("Translate: the published message of each dialect into every other", "[wire]") {
  Dictionary names = learnt();
  for (const auto& [from, message] : kPublished) {
    for (const Dialect to : kDialects) {
      if (from == to) continue;
      INFO(static_cast<int>(from) << " to " << static_cast<int>(to));
      const auto out = translated(message, from, to, names);
      REQUIRE(out);
      const MessageView v = view_of(to, *out);
      CHECK(v.kind == Kind::publish);
      CHECK(missing_part(v).empty());
      CHECK(v.header.source.hashes == hashes_of(to, {"org", "ns", "a"}));
      CHECK(v.header.destination.hashes == hashes_of(to, {"org", "ns", "b"}));
      CHECK(v.header.source.id == name::InstanceId{0, 1});
      CHECK(v.header.destination.id.is_wildcard());
      CHECK(v.header.fanout == 1);
      CHECK(v.header.ttl == (to == Dialect::d ? 8 : 0));
      CHECK_FALSE(v.header.has_mac);
      if (to == Dialect::c || to == Dialect::d) {
        CHECK(to_name(v.header.source, as_bytes(*out)).parts == Parts{"org", "ns", "a"});
        CHECK(to_name(v.header.destination, as_bytes(*out)).parts == Parts{"org", "ns", "b"});
      }
    }
  }
}

TEST_CASE("Translate: published bytes become the other release's published bytes", "[wire]") {
  Dictionary names = learnt();
  const auto out = [&](Dialect from, Dialect to) {
    return hex(translated(kPublished.at(from), from, to, names).value());
  };
  CHECK(out(Dialect::a3, Dialect::a5) == hex(golden::kPublishA5));
  CHECK(out(Dialect::a5, Dialect::a3) == hex(golden::kPublishA3));
  CHECK(out(Dialect::b, Dialect::a3) == hex(golden::kPublishA3));
  CHECK(out(Dialect::b, Dialect::a5) == hex(golden::kPublishA5));
  CHECK(out(Dialect::d, Dialect::a3) == hex(golden::kPublishA3));
  CHECK(out(Dialect::d, Dialect::c) == hex(golden::kPublishC));
  // The token moves into the metadata.
  CHECK(out(Dialect::c, Dialect::a5) == hex(golden::kPublishA5 + entry("SLIM_IDENTITY", "tok")));
  // To D: this node's version.
  std::string d = golden::kPublish;
  const auto to_d = translated(golden::kPublishC, Dialect::c, Dialect::d, names).value();
  CHECK(view_of(Dialect::d, to_d).tail.text_in(as_bytes(to_d)) ==
        view_of(Dialect::d, d).tail.text_in(as_bytes(d)));
}

TEST_CASE("Translate: B tells its readers the strings beside the session", "[wire]") {
  Dictionary names = learnt();
  const std::string out = translated(golden::kPublishC, Dialect::c, Dialect::b, names).value();
  const std::string parts = wrap(1, "org") + wrap(2, "ns");
  const std::string session = unhex("0801100118072009") +
                              wrap(5, parts + wrap(3, "a") + unhex("2001")) +
                              wrap(6, parts + wrap(3, "b") + unhex("20ffffffffffffffffff01"));
  CHECK(out.find(wrap(2, session)) != std::string::npos);
  // And is read so, without a dictionary, where the hashes are theirs.
  Dictionary nothing;
  const auto back = translated(out, Dialect::b, Dialect::d, nothing);
  REQUIRE(back);
  CHECK(view_of(Dialect::d, *back).header.destination.strings[2].text_in(as_bytes(*back)) == "b");
  const std::string wrong = publish(
      Dialect::b, types(Dialect::b, 1, 1) + wrap(5, parts + wrap(3, "x")), content(Dialect::b));
  CHECK(translated(wrong, Dialect::b, Dialect::d, nothing).error() == TranslateError::no_strings);
}

TEST_CASE("Translate: names without strings need the dictionary, if strings are needed", "[wire]") {
  Dictionary nothing;
  for (const Dialect from : {Dialect::a3, Dialect::a5, Dialect::b}) {
    for (const Dialect to : kDialects) {
      if (from == to) continue;
      INFO(static_cast<int>(from) << " to " << static_cast<int>(to));
      const bool same_hashes = from != Dialect::a3 && to != Dialect::a3;
      const bool possible = same_hashes && (to == Dialect::a5 || to == Dialect::b);
      const auto out = translated(kPublished.at(from), from, to, nothing);
      CHECK(out.ok() == possible);
      if (!out) CHECK(out.error() == TranslateError::no_strings);
    }
  }
  CHECK(translated(golden::kPublish, Dialect::d, Dialect::a3, nothing).ok());
}

TEST_CASE("Translate: wide ids by their alias, both ways", "[wire]") {
  const name::InstanceId wide{7, 8};
  name::Name source = name::make_name("org", "ns", "a", wide);
  const std::string name = encode_name(source);
  const std::string message =
      wrap(3, wrap(1, wrap(1, name) + wrap(2, name)) + wrap(2, types(Dialect::d, 1, 1)));
  for (const Dialect to : {Dialect::a3, Dialect::a5, Dialect::b, Dialect::c}) {
    Dictionary names = learnt();
    CHECK(translated(message, Dialect::d, to, names).error() == TranslateError::id_too_wide);
    names.aliases[wide] = ~std::uint64_t{0};
    CHECK(translated(message, Dialect::d, to, names).error() == TranslateError::id_too_wide);
    names.aliases[wide] = 99;
    const auto out = translated(message, Dialect::d, to, names);
    REQUIRE(out);
    CHECK(view_of(to, *out).header.source.id == name::InstanceId{0, 99});
    const auto back = translated(*out, to, Dialect::d, names);
    REQUIRE(back);
    CHECK(view_of(Dialect::d, *back).header.source.id == wide);
  }
}

TEST_CASE("Translate: what is no data of its own is refused", "[wire]") {
  using E = TranslateError;
  for (const Dialect from : kDialects) {
    const Dialect to = from == Dialect::c ? Dialect::d : Dialect::c;
    const auto result = [&](unsigned session_type, unsigned message_type) {
      Dictionary names = learnt();
      const std::string m = publish(from, types(from, session_type, message_type), content(from));
      const auto out = translated(m, from, to, names);
      return out ? std::optional<E>() : std::optional(out.error());
    };
    std::map<unsigned, E> expected;
    for (unsigned type = 0; type < 22; ++type) expected[type] = E::control_message;
    expected.erase(1);
    const std::map<Dialect, std::vector<unsigned>> stateful = {
        {Dialect::a3, {2, 6, 7, 8, 9}}, {Dialect::a5, {2, 4, 5}}, {Dialect::b, {2, 4}}};
    if (stateful.count(from) != 0) {
      for (const unsigned type : stateful.at(from)) expected[type] = E::mls_or_session_state;
    }
    for (unsigned type = 0; type < 22; ++type) {
      INFO(static_cast<int>(from) << ' ' << type);
      const auto found = expected.find(type);
      CHECK(result(1, type) ==
            (found == expected.end() ? std::nullopt : std::optional(found->second)));
    }
    if (from != Dialect::a3) {
      CHECK(result(0, 1) == E::mls_or_session_state);
      CHECK(result(2, 1) == E::mls_or_session_state);
    }
  }
  CHECK(refused(golden::kSubscribeC, Dialect::c, Dialect::d) == E::control_message);
  CHECK(refused(golden::kPublishC, Dialect::c, Dialect::c) == E::same_dialect);
  CHECK(refused(wrap(3, ""), Dialect::c, Dialect::d) == E::incomplete);
  CHECK(refused(publish(Dialect::c, types(Dialect::c, 1, 1), wrap(2, wrap(2, ""))), Dialect::c,
                Dialect::d) == E::control_message);
}

TEST_CASE("Translate: encrypted data is refused", "[wire]") {
  using E = TranslateError;
  for (const Dialect from : {Dialect::a5, Dialect::b}) {
    for (const char* key : {"MLS_ENCRYPTED", "MLS_ENABLED"}) {
      CHECK(refused(kPublished.at(from) + entry(key, "true"), from, Dialect::c) ==
            E::mls_or_session_state);
    }
  }
  const std::string mls("\0\1\0\2cipher", 10);
  for (const Dialect from : {Dialect::c, Dialect::d}) {
    const std::string m = publish(from, types(from, 1, 1), content(from, mls));
    CHECK(refused(m, from, Dialect::b) == E::mls_or_session_state);
    CHECK(refused(m, from, from == Dialect::c ? Dialect::d : Dialect::c) ==
          E::mls_or_session_state);
  }
}

TEST_CASE("Translate: fanout, error and metadata", "[wire]") {
  Dictionary names = learnt();
  const auto fanout = [&](Dialect from, Dialect to, std::uint32_t value) {
    pb::Writer w;
    w.varint(from == Dialect::d ? 4 : 3, value);
    const std::string m = publish(from, types(from, 1, 1), content(from), std::move(w).take());
    const auto out = translated(m, from, to, names);
    REQUIRE(out);
    return view_of(to, *out).header.fanout;
  };
  CHECK(fanout(Dialect::b, Dialect::d, 50) == 256);
  CHECK(fanout(Dialect::c, Dialect::a5, 256) == 50);
  CHECK(fanout(Dialect::c, Dialect::d, 256) == 256);
  CHECK(fanout(Dialect::a3, Dialect::b, 50) == 50);
  CHECK(fanout(Dialect::d, Dialect::b, 50) == 50);
  CHECK(fanout(Dialect::d, Dialect::b, 0) == 0);
  CHECK(fanout(Dialect::b, Dialect::d, 7) == 7);

  const std::string common = entry("k", "v") + entry("SUBSCRIPTION_ACK_ID", "1") +
                             entry("slim-payload-sig", "AA==") + entry("traceparent", "00");
  for (const auto& [from, published] : kPublished) {
    for (const Dialect to : kDialects) {
      if (from == to) continue;
      INFO(static_cast<int>(from) << " to " << static_cast<int>(to));
      const bool in_metadata = from == Dialect::a5 || from == Dialect::b;
      const std::string m = published + common + (in_metadata ? entry("SLIM_IDENTITY", "id") : "");
      const std::string out = translated(m, from, to, names).value();
      const std::string id = from == Dialect::a3 ? "" : in_metadata ? "id" : "tok";
      const MessageView v = view_of(to, out);
      const bool to_metadata = (to == Dialect::a5 || to == Dialect::b) && !id.empty();
      const std::string metadata = entry("k", "v") + entry("traceparent", "00") +
                                   (to_metadata ? entry("SLIM_IDENTITY", id) : "");
      CHECK(hex(out.substr(v.member.end())) == hex(metadata));
      if (to >= Dialect::c) CHECK(v.header.identity.text_in(as_bytes(out)) == id);
    }
  }

  const std::map<Dialect, std::string> error = {{Dialect::a3, "3801"},
                                                {Dialect::a5, "3801"},
                                                {Dialect::b, "3801"},
                                                {Dialect::c, "4001"},
                                                {Dialect::d, "5001"}};
  for (const auto& [from, bytes] : error) {
    for (const Dialect to : kDialects) {
      if (from == to) continue;
      const std::string m = publish(from, types(from, 1, 1), content(from), unhex(bytes));
      CHECK(view_of(to, translated(m, from, to, names).value()).header.error);
    }
  }
}

TEST_CASE("Translate: names of subscriptions", "[wire]") {
  Dictionary nothing;
  const auto destination = [&](const std::string& m, Dialect from, Dialect to,
                               NameDictionary& names) {
    return translate_name(view_of(from, m).header.destination, as_bytes(m), from, to, names);
  };
  const std::map<Dialect, std::string> subscribe = {{Dialect::a3, golden::kSubscribeA3},
                                                    {Dialect::a5, golden::kSubscribeA5},
                                                    {Dialect::b, golden::kSubscribeA5},
                                                    {Dialect::c, golden::kSubscribeC}};
  for (const auto& [from, m] : subscribe) {
    for (const Dialect to : kDialects) {
      const auto n = destination(m, from, to, nothing);
      REQUIRE(n);
      CHECK(n->hashes == hashes_of(to, {"org", "ns", "a"}));
      CHECK(n->parts == Parts{"org", "ns", "a"});
      CHECK(n->id == name::InstanceId{0, 1});
    }
  }
  // Generation A's Unsubscribe has hashes only.
  const name::Name a = name::make_name("org", "ns", "a", {0, 1});
  const std::string gone =
      encode_subscription(Dialect::a3, {.kind = Kind::unsubscribe, .name = a, .source = a}).value();
  CHECK(destination(gone, Dialect::a3, Dialect::d, nothing).error() == TranslateError::no_strings);
  Dictionary names = learnt();
  CHECK(destination(gone, Dialect::a3, Dialect::d, names).value() == a);
  CHECK(translate_name({}, {}, Dialect::a3, Dialect::d, names).error() ==
        TranslateError::incomplete);
}
