#include "decode.hpp"

namespace slim::settings {

NodeLimits decode_limits(const Value& value) {
  constexpr NumberRange kCount{1, 100'000'000};
  // A worker numbers its links with 22 bits.
  constexpr NumberRange kConnections{1, forward::LinkRef::kMaxLinks};
  NodeLimits out;
  Section own(value);
  own.read("max_connections", out.admission.connections, kConnections);
  own.read("max_handshakes", out.admission.handshakes, kConnections);
  own.read("max_subscriptions_per_link", out.table.subscriptions_per_link, kCount);
  own.read("max_subscriptions", out.table.subscriptions_total, kCount);
  own.read_bytes("max_name_bytes", out.max_name_bytes, {64, 1024 * 1024});
  own.read_bytes("handoff_bytes", out.handoff_bytes, {64 * 1024, 1024 * 1024 * 1024});
  own.finish(Section::Unknown::error);
  return out;
}

}  // namespace slim::settings
