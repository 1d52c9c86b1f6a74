// Any bytes as a first message: detected or refused, read as each generation or refused, and what
// is read survives being rewritten.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <slim/wire/control.hpp>
#include <slim/wire/detect.hpp>
#include <slim/wire/link_negotiation.hpp>
#include <slim/wire/rewrite.hpp>
#include <slim/wire/translate.hpp>

using namespace slim;

namespace {

void check(bool condition) {
  if (!condition) std::abort();
}

class Dictionary final : public wire::NameDictionary {
 public:
  std::optional<std::array<std::string, 3>> strings(wire::Dialect, const name::Hashes&) override {
    return std::array<std::string, 3>{"org", "ns", "a"};
  }
  std::optional<std::uint64_t> alias(const name::InstanceId& id) override { return id.low; }
  name::InstanceId id_of(std::uint64_t alias) override { return {1, alias}; }
};

void same_name(const wire::NameView& a, base::ByteView in_a, const wire::NameView& b,
               base::ByteView in_b) {
  check(a.present == b.present && a.has_encoded == b.has_encoded && a.has_id == b.has_id);
  check(a.has_strings == b.has_strings && a.hashes == b.hashes && a.id == b.id);
  for (int i = 0; i < 3; ++i) check(a.strings[i].text_in(in_a) == b.strings[i].text_in(in_b));
}

std::string kept(const wire::HeaderView& header, base::ByteView message) {
  std::string out;
  for (int i = 0; i < header.kept_count; ++i) out += header.kept[i].text_in(message);
  return out;
}

std::vector<base::Byte> rewritten(const wire::MessageView& view, base::ByteView message) {
  const wire::HopHeader hop{7, 300, nullptr};
  const wire::RewriteLayout layout = wire::layout(view, hop);
  std::vector<base::Byte> out(layout.head);
  check(wire::write_head(view, message, hop, layout, out.data()) == out.data() + out.size());
  const auto tail = view.tail.in(message);
  out.insert(out.end(), tail.begin(), tail.end());
  check(out.size() == layout.total);
  return out;
}

void rewrite(const wire::MessageView& view, base::ByteView message) {
  const auto out = rewritten(view, message);
  wire::MessageView again;
  check(wire::decode(view.generation, out, again) == wire::DecodeError::none);
  const wire::HeaderView& a = view.header;
  const wire::HeaderView& b = again.header;
  check(again.kind == view.kind && again.has_session == view.has_session);
  check(again.subscription_id == view.subscription_id);
  same_name(a.source, message, b.source, out);
  same_name(a.destination, message, b.destination, out);
  check(a.identity.text_in(message) == b.identity.text_in(out));
  check(a.fanout == b.fanout && a.has_error == b.has_error && a.error == b.error);
  check(b.incoming_conn == 300 && !b.has_recv_from && !b.has_forward_to && !b.has_mac);
  check(b.ttl == (view.generation == wire::Generation::d ? 7 : 0));
  check(kept(a, message) == kept(b, out));
  check(view.tail.text_in(message) == again.tail.text_in(out));
  check(wire::missing_part(again) == wire::missing_part(view));
  // A second time nothing is left to change.
  check(rewritten(again, out) == out);
}

void restate(const wire::MessageView& view, base::ByteView message) {
  const std::string out = wire::restate_subscription(view, message, 5, {8, 1, nullptr});
  wire::MessageView again;
  check(wire::decode(view.generation, base::as_bytes(out), again) == wire::DecodeError::none);
  same_name(view.header.destination, message, again.header.destination, base::as_bytes(out));
}

void translate(const wire::MessageView& view, base::ByteView message) {
  using wire::Dialect;
  constexpr Dialect kDialects[] = {Dialect::a3, Dialect::a5, Dialect::b, Dialect::c, Dialect::d};
  Dictionary names;
  for (const Dialect from : kDialects) {
    if (generation_of(from) != view.generation) continue;
    for (const Dialect to : kDialects) {
      (void)wire::translate_name(view.header.destination, message, from, to, names);
      const auto out = wire::translate_publish(view, message, from, to, names);
      if (!out) continue;
      wire::MessageView there;
      const auto bytes = base::as_bytes(*out);
      check(wire::decode(generation_of(to), bytes, there) == wire::DecodeError::none);
      check(wire::missing_part(there).empty());
      rewrite(there, bytes);
    }
  }
}

void as(wire::Generation generation, base::ByteView message) {
  wire::MessageView view;
  if (wire::decode(generation, message, view) != wire::DecodeError::none) return;
  check(view.generation == generation);
  if (view.kind == wire::Kind::subscription_ack) (void)wire::decode_ack(message, view);
  if (view.kind == wire::Kind::link) {
    if (const auto link = wire::decode_link(message, view)) {
      (void)wire::is_valid_request_c(*link);
      (void)wire::encode_link_c(*link);
    }
  }
  if (generation == wire::Generation::a) (void)wire::dialect_of_a(view, message);
  if (!view.header.present) return;
  rewrite(view, message);
  if (!wire::missing_part(view).empty()) return;
  if (view.kind != wire::Kind::publish) restate(view, message);
  translate(view, message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView message{data, size};
  check(wire::detect(wire::PathKind::pubsub, message).generation == wire::Generation::a);
  const wire::Detection found = wire::detect(wire::PathKind::dataplane, message);
  check(!found.generation || found.error == wire::DetectError::none);
  for (const auto generation :
       {wire::Generation::a, wire::Generation::b, wire::Generation::c, wire::Generation::d}) {
    as(generation, message);
  }
  // What a generation reads and would forward is taken for that generation. D's ids may be absent,
  // which looks like C's; a hash of 0, which nobody has, does not show at all.
  for (const auto generation : {wire::Generation::b, wire::Generation::c, wire::Generation::d}) {
    wire::MessageView view;
    const bool read = wire::decode(generation, message, view) == wire::DecodeError::none;
    if (!read || !view.header.present || !wire::missing_part(view).empty()) continue;
    const wire::NameView& source = view.header.source;
    const bool shows = generation == wire::Generation::d ? source.has_id : source.hashes[0] != 0;
    // B has no members 5 and 6; beside another they are refused.
    if (shows && found.error != wire::DetectError::repeated &&
        found.error != wire::DetectError::wire_type) {
      check(found.generation == generation);
    }
  }
  return 0;
}
