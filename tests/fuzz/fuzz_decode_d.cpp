// Any bytes: they are decoded or refused, and what is decoded survives being rewritten.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <slim/wire/control.hpp>
#include <slim/wire/mac.hpp>
#include <slim/wire/message.hpp>
#include <slim/wire/rewrite.hpp>

using namespace slim;

namespace {

void check(bool condition) {
  if (!condition) std::abort();
}

void rewrite(const wire::MessageView& view, base::ByteView message) {
  const base::Byte mac[wire::kMacSize] = {};
  for (const base::Byte* tag : {static_cast<const base::Byte*>(nullptr), &mac[0]}) {
    const wire::HopHeader hop{7, 300, tag};
    const wire::RewriteLayout layout = wire::layout(view, hop);
    std::vector<base::Byte> out(layout.head);
    check(wire::write_head(view, message, hop, layout, out.data()) == out.data() + out.size());
    const auto tail = view.tail.in(message);
    out.insert(out.end(), tail.begin(), tail.end());
    check(out.size() == layout.total);
    wire::MessageView again;
    check(wire::decode_d(out, again) == wire::DecodeError::none);
    check(again.kind == view.kind && again.header.ttl == 7);
    check(again.header.source.hashes == view.header.source.hashes);
    check(again.header.destination.id == view.header.destination.id);
    check(again.header.has_mac == (tag != nullptr));
    check(!again.header.has_recv_from && !again.header.has_forward_to);
    check(wire::missing_part(again) == wire::missing_part(view));
    // The tag covers the same bytes before and after.
    std::vector<base::Byte> a, b;
    wire::mac_body(view, message, wire::HopFields::absent, a);
    wire::mac_body(again, out, wire::HopFields::as_received, b);
    check(a == b);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView message{data, size};
  wire::MessageView view;
  if (wire::decode_d(message, view) != wire::DecodeError::none) return 0;
  if (view.kind == wire::Kind::subscription_ack) (void)wire::decode_ack(message, view);
  if (view.header.present) rewrite(view, message);
  if (wire::missing_part(view).empty() && view.header.present) {
    (void)wire::to_name(view.header.source, message);
    if (view.kind != wire::Kind::publish) {
      (void)wire::restate_subscription(view, message, 5, {8, 1, nullptr});
    }
  }
  return 0;
}
