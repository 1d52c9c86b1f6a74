#include <utility>

#include <slim/name/hash.hpp>
#include <slim/wire/detect.hpp>
#include <slim/wire/link_negotiation.hpp>
#include <slim/wire/pb.hpp>

#include "schema.hpp"

namespace slim::wire {
namespace {

using pb::Field;
using pb::Reader;
using pb::Type;

Detection found(Generation generation, bool has_link = false) noexcept {
  return {generation, has_link, DetectError::none};
}
Detection failed(DetectError error) noexcept { return {std::nullopt, false, error}; }

DetectError error_of(DecodeError error) noexcept {
  switch (error) {
    case DecodeError::none:
      return DetectError::none;
    case DecodeError::malformed:
      return DetectError::malformed;
    case DecodeError::wire_type:
      return DetectError::wire_type;
    case DecodeError::utf8:
      return DetectError::utf8;
    case DecodeError::repeated:
      break;
  }
  return DetectError::repeated;
}

/// A Link's payload as far as it tells C from D.
struct LinkParts {
  std::string_view link_id;
  std::string_view version;
  bool is_reply = false;
  bool has_d_field = false;
};

DetectError read_payload(ByteView payload, LinkParts& out) noexcept {
  Reader reader(payload);
  Field field;
  while (reader.next(field)) {
    if (field.number >= 4 && field.number <= 8) out.has_d_field = true;
    if (field.number == 3 && field.type == Type::varint) out.is_reply = field.value != 0;
    if (field.type != Type::bytes) continue;
    if (field.number == 1) out.link_id = base::as_text(field.bytes);
    if (field.number == 2) out.version = base::as_text(field.bytes);
  }
  return reader.ok() ? DetectError::none : DetectError::malformed;
}

Detection from_link(ByteView link) noexcept {
  // What C and D share has to be right in both.
  if (const DecodeError e = check(link, Schema::link_c); e != DecodeError::none) {
    return failed(error_of(e));
  }
  LinkParts parts;
  Reader reader(link);
  Field field;
  while (reader.next(field)) {
    if (field.number != 1) continue;
    if (const DetectError e = read_payload(field.bytes, parts); e != DetectError::none) {
      return failed(e);
    }
  }
  if (parts.has_d_field) return found(Generation::d, true);
  const std::optional<std::uint64_t> major = semver_major(parts.version);
  if (major.value_or(0) >= 2) return found(Generation::d, true);
  // 10.3: an acceptor of C ignores the others and goes on.
  if (major && !parts.is_reply && is_uuid_v4(parts.link_id)) return found(Generation::c, true);
  return {};
}

/// The generations that are still possible.
class Candidates {
 public:
  void only(unsigned mask) noexcept { mask_ &= mask; }
  [[nodiscard]] std::optional<Generation> decided() const noexcept {
    switch (mask_) {
      case kB:
        return Generation::b;
      case kC:
        return Generation::c;
      case kD:
        return Generation::d;
      default:
        return std::nullopt;
    }
  }

  static constexpr unsigned kB = 1;
  static constexpr unsigned kC = 2;
  static constexpr unsigned kD = 4;

 private:
  unsigned mask_ = kB | kC | kD;
};

/// The primary test: field 1 of a Name, and of the EncodedName that it is in C and D.
DetectError from_name(ByteView name, std::optional<Generation>& out) noexcept {
  Reader reader(name);
  Field field;
  while (reader.next(field)) {
    if (field.number != 1) continue;
    if (field.type == Type::varint) {
      out = Generation::b;
      return DetectError::none;
    }
    if (field.type != Type::bytes) return DetectError::wire_type;
    // An EncodedName without id is C's id 0; D writes its ids, the wildcard too.
    out = Generation::c;
    Reader encoded(field.bytes);
    Field part;
    while (encoded.next(part)) {
      if (part.number == 4 && part.type == Type::bytes) out = Generation::d;
    }
    return encoded.ok() ? DetectError::none : DetectError::malformed;
  }
  return reader.ok() ? DetectError::none : DetectError::malformed;
}

/// The secondary test: the wire types of the header's other fields.
void from_field(const Field& field, Candidates& candidates) noexcept {
  constexpr unsigned kB = Candidates::kB;
  constexpr unsigned kC = Candidates::kC;
  constexpr unsigned kD = Candidates::kD;
  const bool text = field.type == Type::bytes;
  switch (field.number) {
    case 3:
      return candidates.only(text ? kD : kB | kC);
    case 4:
      return candidates.only(text ? kC : kB | kD);
    case 5:
      return candidates.only(text ? kD : kB | kC);
    case 9:
    case 11:
    case 12:
      return candidates.only(kD);
    default:
      return;
  }
}

/// Subscribe, Unsubscribe, Publish.
Detection from_header(ByteView header) noexcept {
  std::optional<Generation> by_source;
  std::optional<Generation> by_destination;
  Candidates candidates;
  Reader reader(header);
  Field field;
  while (reader.next(field)) {
    if (field.number > 2) {
      from_field(field, candidates);
      continue;
    }
    if (field.type != Type::bytes) return failed(DetectError::wire_type);
    const DetectError e = from_name(field.bytes, field.number == 1 ? by_source : by_destination);
    if (e != DetectError::none) return failed(e);
  }
  if (!reader.ok()) return failed(DetectError::malformed);
  if (by_source) return found(*by_source);
  // Without a source no generation forwards the message, but it may tell all the same.
  if (by_destination) return found(*by_destination);
  if (const auto last = candidates.decided()) return found(*last);
  return {};
}

Detection from_routed(ByteView member) noexcept {
  Reader reader(member);
  Field field;
  Detection out;
  bool seen = false;
  while (reader.next(field)) {
    if (field.number != 1) continue;
    if (field.type != Type::bytes) return failed(DetectError::wire_type);
    if (std::exchange(seen, true)) return failed(DetectError::repeated);
    out = from_header(field.bytes);
  }
  return reader.ok() ? out : failed(DetectError::malformed);
}

}  // namespace

Detection detect(PathKind path, ByteView first_message) noexcept {
  if (path == PathKind::pubsub) return found(Generation::a);
  Kind kind = Kind::none;
  ByteView member;
  Reader reader(first_message);
  Field field;
  while (reader.next(field)) {
    if (field.number == 4 || field.number > 6) continue;
    if (field.type != Type::bytes) return failed(DetectError::wire_type);
    if (kind != Kind::none) return failed(DetectError::repeated);
    kind = static_cast<Kind>(field.number);
    member = field.bytes;
  }
  if (!reader.ok()) return failed(DetectError::malformed);
  switch (kind) {
    case Kind::none:
      return {};
    case Kind::link:
      return from_link(member);
    case Kind::subscription_ack:
      return failed(DetectError::ack_first);
    default:
      return from_routed(member);
  }
}

std::optional<Dialect> dialect_of_a(const MessageView& view, ByteView message) {
  const HeaderView& h = view.header;
  if (view.kind == Kind::publish) {
    // A fourth field in the session header is A5's message id; A3's has three.
    Reader reader(view.member.in(message));
    Field field;
    while (reader.next(field)) {
      if (field.number != 2) continue;
      Reader session(field.bytes);
      Field part;
      while (session.next(part)) {
        if (part.number == 4) return Dialect::a5;
      }
    }
  }
  if (view.kind == Kind::subscribe && h.destination.present) {
    const std::string_view first = h.destination.strings[0].text_in(message);
    if (h.destination.hashes[0] == name::hash_component(first)) return Dialect::a5;
    if (h.destination.hashes[0] == name::hash_component_v03(first)) return Dialect::a3;
  }
  const auto without_id = [](const NameView& name) { return name.present && !name.has_id; };
  if (without_id(h.source) || without_id(h.destination)) return Dialect::a3;
  return std::nullopt;
}

std::string_view to_string(DetectError error) noexcept {
  switch (error) {
    case DetectError::none:
      return "none";
    case DetectError::malformed:
      return "malformed protobuf";
    case DetectError::wire_type:
      return "wrong wire type";
    case DetectError::utf8:
      return "invalid UTF-8";
    case DetectError::repeated:
      return "repeated field";
    case DetectError::ack_first:
      return "first message is a subscription ack";
  }
  return "unknown";
}

}  // namespace slim::wire
