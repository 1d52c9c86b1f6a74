// Messages between links of different dialects (docs/translation.md).
#include <map>

#include <slim/wire/pb.hpp>
#include <slim/wire/translate.hpp>

#include "support/catch.hpp"
#include "support/test_node.hpp"

using namespace slim;
using namespace slim::test;
using forward::DropReason;
using forward::LinkRef;
using forward::LinkType;
using wire::Dialect;
using Links = std::vector<LinkRef>;

namespace {

constexpr Dialect kDialects[] = {Dialect::a3, Dialect::a5, Dialect::b, Dialect::c, Dialect::d};
const name::InstanceId kWide{7, 7};

forward::LinkTraits traits(Dialect dialect, bool translate = true) {
  forward::LinkTraits out;
  out.generation = wire::generation_of(dialect);
  // As an accepted link of generation A begins.
  out.dialect = dialect == Dialect::a3 ? Dialect::a5 : dialect;
  out.translate = translate;
  return out;
}

name::Name named(Dialect dialect, const std::string& service,
                 name::InstanceId id = name::InstanceId::wildcard()) {
  name::Name out = n(service);
  out.id = id;
  out.hashes = wire::hashes_of(dialect, out.parts);
  return out;
}

class Dictionary final : public wire::NameDictionary {
 public:
  std::optional<std::array<std::string, 3>> strings(Dialect dialect,
                                                    const name::Hashes& hashes) override {
    for (const char* service : {"pub", "sub"}) {
      if (wire::hashes_of(dialect, n(service).parts) == hashes) return n(service).parts;
    }
    return std::nullopt;
  }
  std::optional<std::uint64_t> alias(const name::InstanceId& id) override { return id.low; }
  name::InstanceId id_of(std::uint64_t alias) override { return {0, alias}; }
};

/// Unreliable point-to-point data from org/ns/pub in a dialect: D's, by the function that
/// tests/unit/wire/translate_test.cpp checks against published bytes.
std::string message(Dialect dialect, const name::Name& to, const name::InstanceId& from = {0, 1},
                    unsigned type = 1, std::uint32_t fanout = 1) {
  wire::pb::Writer header;
  header.text(1, wire::encode_name(named(Dialect::d, "pub", from)));
  header.text(2, wire::encode_name(named(Dialect::d, to.parts[2], to.id)));
  header.varint_unless_zero(4, fanout);
  header.text(5, "3.4.6");
  header.varint(6, 8);
  wire::pb::Writer session;
  session.varint(1, 1);
  session.varint(2, type);
  wire::pb::Writer data;
  data.text(1, "msg");
  data.text(2, "hi");
  wire::pb::Writer content;
  content.message(1, data);
  wire::pb::Writer body;
  body.message(1, header);
  body.message(2, session);
  body.message(3, content);
  wire::pb::Writer out;
  out.message(3, body);
  const std::string made = std::move(out).take();
  if (dialect == Dialect::d) return made;
  wire::MessageView view;
  REQUIRE(wire::decode_d(base::as_bytes(made), view) == wire::DecodeError::none);
  Dictionary names;
  return wire::translate_publish(view, base::as_bytes(made), Dialect::d, dialect, names).value();
}

struct Translating : TestNode {
  LinkRef link(Dialect dialect, bool translate = true) {
    const LinkRef out = up(LinkType::edge, traits(dialect, translate));
    dialects[out] = dialect;
    return out;
  }
  void says(LinkRef link, const std::string& what) { last = receive(link, what); }
  void joins(LinkRef link, const std::string& service,
             name::InstanceId id = name::InstanceId::wildcard()) {
    const name::Name name = named(dialects.at(link), service, id);
    says(link,
         wire::encode_subscription(dialects.at(link), {wire::Kind::subscribe, name, name, {}, 1})
             .value());
  }
  void sends(LinkRef link, name::InstanceId to = name::InstanceId::wildcard(), unsigned type = 1,
             std::uint32_t fanout = 1) {
    says(link, message(dialects.at(link), named(Dialect::d, "sub", to), {0, 1}, type, fanout));
  }
  [[nodiscard]] std::uint64_t drops(DropReason reason) const {
    return counters
        .dropped[static_cast<std::size_t>(reason)][static_cast<std::size_t>(LinkType::edge)]
        .value();
  }
  wire::MessageView view_of(const Delivery& d) {
    wire::MessageView view;
    REQUIRE(wire::decode(wire::generation_of(dialects.at(d.to)), base::as_bytes(d.bytes), view) ==
            wire::DecodeError::none);
    return view;
  }
  std::map<LinkRef, Dialect> dialects;
  Outcome last;
};

template <class Check>
void for_each_pair(Check check) {
  for (const Dialect from : kDialects) {
    for (const Dialect to : kDialects) {
      if (from == to) continue;
      INFO(static_cast<int>(from) << " to " << static_cast<int>(to));
      check(from, to);
    }
  }
}

}  // namespace

TEST_CASE("Translation: data crosses between each two dialects", "[forward]") {
  for_each_pair([](Dialect from, Dialect to) {
    Translating node;
    const LinkRef sender = node.link(from), receiver = node.link(to);
    node.joins(sender, "pub", {0, 1});
    node.joins(receiver, "sub", {0, 2});
    for (const auto id : {name::InstanceId::wildcard(), name::InstanceId{0, 2}}) {
      node.sends(sender, id);
      const auto got = node.delivered_messages();
      REQUIRE(got.size() == 1);
      CHECK(got[0].to == receiver);
      const wire::MessageView view = node.view_of(got[0]);
      CHECK(view.header.destination.hashes == named(to, "sub").hashes);
      CHECK(view.header.source.hashes == named(to, "pub").hashes);
      CHECK(view.header.source.id == name::InstanceId{0, 1});
      CHECK(view.header.destination.id == id);
      CHECK(got[0].bytes.find("hi") != std::string::npos);
    }
    node.sends(sender, {0, 3});
    CHECK(node.deliveries().empty());
  });
}

TEST_CASE("Translation: both entries have to allow it", "[forward]") {
  for_each_pair([](Dialect from, Dialect to) {
    for (const auto& [sends, takes] : {std::pair{false, true}, {true, false}, {false, false}}) {
      Translating node;
      const LinkRef sender = node.link(from, sends), receiver = node.link(to, takes);
      const LinkRef bystander = node.link(from == Dialect::b ? Dialect::c : Dialect::b);
      (void)bystander;
      node.joins(sender, "pub", {0, 1});
      node.joins(receiver, "sub");
      node.sends(sender);
      node.sends(sender, name::InstanceId::wildcard(), 1, 256);
      CHECK(node.deliveries().empty());
      CHECK(node.drops(DropReason::untranslatable) == 0);
    }
  });
}

TEST_CASE("Translation: what only endpoints understand is refused and counted", "[forward]") {
  Translating node;
  const LinkRef sender = node.link(Dialect::d), receiver = node.link(Dialect::b);
  node.joins(receiver, "sub");
  node.sends(sender, name::InstanceId::wildcard(), 5);  // a discovery request
  CHECK(node.deliveries().empty());
  CHECK(node.drops(DropReason::untranslatable) == 1);
  node.sends(sender, name::InstanceId::wildcard(), 5, 256);
  CHECK(node.drops(DropReason::untranslatable) == 2);
  CHECK(node.drops(DropReason::other_generation) == 0);
}

TEST_CASE("Translation: an unknown sender has no form in C and D", "[forward]") {
  Translating node;
  const LinkRef sender = node.link(Dialect::a5), receiver = node.link(Dialect::d);
  node.joins(receiver, "sub");
  node.sends(sender);
  CHECK(node.deliveries().empty());
  CHECK(node.drops(DropReason::untranslatable) == 1);
  node.joins(sender, "pub", {0, 1});
  node.sends(sender);
  CHECK(node.deliveries() == Links{receiver});
}

TEST_CASE("Translation: an anycast prefers its own generation, a multicast takes all",
          "[forward]") {
  Translating node;
  const LinkRef sender = node.link(Dialect::d);
  const LinkRef own = node.link(Dialect::d, false), other = node.link(Dialect::b);
  const LinkRef closed = node.link(Dialect::c, false);
  for (const LinkRef link : {own, other, closed}) node.joins(link, "sub");
  for (int i = 0; i < 3; ++i) node.sends(sender);
  CHECK(node.deliveries() == Links{own, own, own});
  node.sends(sender, name::InstanceId::wildcard(), 1, 256);
  CHECK(node.deliveries() == Links{own, other});
  node.close(own);
  node.sends(sender);
  CHECK(node.deliveries() == Links{other});
}

TEST_CASE("Translation: an anycast takes turns among links and dialects", "[forward]") {
  Translating node;
  const LinkRef sender = node.link(Dialect::d);
  std::map<LinkRef, int> got;
  for (const Dialect to : {Dialect::a5, Dialect::a5, Dialect::b, Dialect::c}) {
    const LinkRef link = node.link(to);
    node.joins(link, "sub");
    got[link] = 0;
  }
  for (int i = 0; i < 40; ++i) node.sends(sender);
  for (const LinkRef link : node.deliveries()) ++got[link];
  for (const auto& [link, count] : got) CHECK(count > 0);
}

TEST_CASE("Translation: an id of 128 bits is answered by its alias", "[forward]") {
  Translating node;
  const LinkRef d = node.link(Dialect::d), b = node.link(Dialect::b);
  node.joins(d, "pub", kWide);
  node.joins(b, "sub", {0, 2});
  node.says(d, message(Dialect::d, named(Dialect::d, "sub", {0, 2}), kWide));
  auto got = node.delivered_messages();
  REQUIRE(got.size() == 1);
  const name::InstanceId alias = node.view_of(got[0]).header.source.id;
  CHECK(alias.high == 0);
  CHECK(alias.low != kWide.low);
  // To the alias, from org/ns/pub of generation B as it happens.
  node.joins(b, "pub", {0, 1});
  node.says(b, message(Dialect::b, named(Dialect::d, "pub", alias)));
  got = node.delivered_messages();
  REQUIRE(got.size() == 1);
  CHECK(got[0].to == d);
  CHECK(node.view_of(got[0]).header.destination.id == kWide);
}

TEST_CASE("Translation: nothing that came from peers or uplinks, nothing to them", "[forward]") {
  Translating node;
  const LinkRef peer = node.up(LinkType::peer, traits(Dialect::d));
  forward::LinkTraits rules = traits(Dialect::d);
  rules.uplink = std::make_shared<const forward::UplinkRules>();
  const LinkRef uplink = node.up(LinkType::edge, rules);
  const LinkRef b = node.link(Dialect::b), c = node.link(Dialect::c);
  node.dialects[peer] = node.dialects[uplink] = Dialect::d;
  node.joins(b, "sub");
  node.sends(peer);
  node.sends(uplink);
  CHECK(node.deliveries().empty());
  node.close(b);
  node.joins(peer, "sub");
  node.sends(c);
  CHECK(node.deliveries().empty());
}

TEST_CASE("Translation: a full receiver holds the sender, an ended one is forgotten", "[forward]") {
  Translating node;
  const LinkRef sender = node.link(Dialect::c), receiver = node.link(Dialect::d);
  node.joins(receiver, "sub");
  node.router.links().set_full(receiver, true);
  for (const std::uint32_t fanout : {1U, 256U}) {
    node.sends(sender, name::InstanceId::wildcard(), 1, fanout);
    CHECK(node.last.step == forward::Forwarder::Outcome::Step::held);
    CHECK(node.last.waits_for == receiver);
  }
  node.router.links().set_full(receiver, false);
  node.sends(sender);
  CHECK(node.deliveries() == Links{receiver});
  CHECK(node.router.links().translating() == 2);
  node.close(receiver);
  CHECK(node.router.links().translating() == 1);
  node.sends(sender);
  CHECK(node.deliveries().empty());
  CHECK(node.drops(DropReason::no_route) == 1);
}

TEST_CASE("Translation: strings that do not belong to their hashes mislead nobody", "[forward]") {
  Translating node;
  const LinkRef liar = node.link(Dialect::d), a5 = node.link(Dialect::a5);
  const LinkRef d = node.link(Dialect::d);
  name::Name false_name = named(Dialect::d, "sub");
  false_name.parts[2] = "other";
  node.subscribe(liar, false_name, 1);
  node.joins(a5, "pub", {0, 1});
  node.sends(a5);
  CHECK(node.deliveries().empty());
  CHECK(node.drops(DropReason::untranslatable) == 1);
  node.close(liar);
  node.joins(d, "sub");
  node.sends(a5);
  CHECK(node.deliveries() == Links{d});
}
