#include <array>

#include <slim/base/utf8.hpp>
#include <slim/wire/known_names.hpp>
#include <slim/wire/message.hpp>
#include <slim/wire/pb.hpp>

#include "decode_rest.hpp"
#include "schema.hpp"

namespace slim::wire {
namespace {

using pb::Field;
using pb::Reader;
using pb::Type;

/// What a field of SLIMHeader is. From `ttl` on: what each hop states anew, which is not kept.
enum class Role : std::uint8_t {
  source,
  destination,
  identity,
  fanout,
  version,
  error,
  signature,
  ttl,
  recv_from,
  forward_to,
  incoming_conn,
  mac,
};

struct HeaderField {
  Role role;
  Type type;

  // Implicit on purpose: the tables below are lists of roles.
  constexpr HeaderField(Role r) noexcept : role(r), type(type_of(r)) {}

 private:
  static constexpr Type type_of(Role r) noexcept {
    switch (r) {
      case Role::source:
      case Role::destination:
      case Role::identity:
      case Role::version:
      case Role::mac:
      case Role::signature:
        return Type::bytes;
      default:
        return Type::varint;
    }
  }
};

/// SLIMHeader's fields from 1 on: docs/protocol/wire.md 12, 11, 10.1 and 3.3.
template <Generation G>
constexpr auto header_fields() noexcept {
  if constexpr (G == Generation::d) {
    return std::array<HeaderField, 12>{Role::source,    Role::destination, Role::identity,
                                       Role::fanout,    Role::version,     Role::ttl,
                                       Role::recv_from, Role::forward_to,  Role::incoming_conn,
                                       Role::error,     Role::mac,         Role::signature};
  } else if constexpr (G == Generation::c) {
    return std::array<HeaderField, 8>{Role::source,        Role::destination, Role::fanout,
                                      Role::identity,      Role::recv_from,   Role::forward_to,
                                      Role::incoming_conn, Role::error};
  } else {
    return std::array<HeaderField, 7>{Role::source,    Role::destination, Role::fanout,
                                      Role::recv_from, Role::forward_to,  Role::incoming_conn,
                                      Role::error};
  }
}

/// Reads one message; every function returns the first error or none.
template <Generation G>
class Decoder {
 public:
  Decoder(ByteView message, MessageView& view, const KnownNames* names = nullptr) noexcept
      : message_(message), view_(view), names_(names) {}

  DecodeError run() noexcept {
    const DecodeError e = top_level_fields(message_);
    if (e != DecodeError::none) return e;
    return view_.kind == Kind::none ? DecodeError::none : member();
  }

  /// Of a publish whose header was read.
  DecodeError rest() noexcept {
    const std::uint32_t begin = view_.tail.offset;
    const std::uint32_t end = view_.member.end();
    const DecodeError e = top_level_fields(message_.subspan(end));
    return e == DecodeError::none ? routed_fields(message_.subspan(begin, end - begin)) : e;
  }

 private:
  /// A and B have the strings of a subscription beside the header, not in its names, and neither
  /// Link nor SubscriptionAck.
  static constexpr bool kFlatNames = G == Generation::a || G == Generation::b;
  static constexpr std::uint32_t kContentNumber = G == Generation::a ? 4 : 3;
  static constexpr Schema kSessionSchema =
      G == Generation::b ? Schema::session_header_b : Schema::session_header;
  static constexpr Schema kContentSchema = kFlatNames           ? Schema::content_ab
                                           : G == Generation::c ? Schema::content_c
                                                                : Schema::content;

  [[nodiscard]] std::uint32_t offset(const Byte* p) const noexcept {
    return static_cast<std::uint32_t>(p - message_.data());
  }
  [[nodiscard]] Span span(ByteView bytes) const noexcept {
    return {offset(bytes.data()), static_cast<std::uint32_t>(bytes.size())};
  }

  DecodeError top_level_fields(ByteView bytes) noexcept {
    Reader reader(bytes);
    Field field;
    while (reader.next(field)) {
      const DecodeError e = top_level(field);
      if (e != DecodeError::none) return e;
    }
    return reader.ok() ? DecodeError::none : DecodeError::malformed;
  }

  DecodeError top_level(const Field& field) noexcept {
    switch (field.number) {
      case 5:
      case 6:
        if constexpr (kFlatNames) return DecodeError::none;
        [[fallthrough]];
      case 1:
      case 2:
      case 3:
        if (field.type != Type::bytes) return DecodeError::wire_type;
        if (view_.kind != Kind::none) return DecodeError::repeated;
        view_.kind = static_cast<Kind>(field.number);
        view_.before_member = {0, offset(field.begin)};
        view_.member = span(field.bytes);
        return DecodeError::none;
      case 4:
        if (field.type != Type::bytes) return DecodeError::wire_type;
        return check(field.bytes, Schema::metadata_entry);
      default:
        return DecodeError::none;
    }
  }

  DecodeError member() noexcept {
    const ByteView content = view_.member.in(message_);
    switch (view_.kind) {
      case Kind::link:
        return check(content, G == Generation::d ? Schema::link : Schema::link_c);
      case Kind::subscription_ack:
        return check(content, Schema::subscription_ack);
      default:
        return routed_fields(content);
    }
  }

  /// Subscribe, Unsubscribe, Publish: field 1 is the header in all three.
  DecodeError routed_fields(ByteView content) noexcept {
    Reader reader(content);
    Field field;
    bool has_content = false;
    const bool has_strings = kFlatNames && view_.kind != Kind::publish &&
                             (G == Generation::b || view_.kind == Kind::subscribe);
    // proto3: a string that is not there is empty.
    if (has_strings) view_.header.destination.has_strings = true;
    while (reader.next(field)) {
      DecodeError e = DecodeError::none;
      if (field.number == 1) {
        if (field.type != Type::bytes) return DecodeError::wire_type;
        if (view_.header.present) return DecodeError::repeated;
        view_.before_header = {view_.member.offset, offset(field.begin) - view_.member.offset};
        view_.tail = {offset(field.end),
                      static_cast<std::uint32_t>(message_.size()) - offset(field.end)};
        e = header(field.bytes);
      } else if (view_.kind == Kind::publish) {
        e = publish_field(field, has_content);
      } else if constexpr (kFlatNames) {
        if (has_strings) e = name_string(field, field.number - 1, view_.header.destination);
      } else if (field.number == 2) {
        if (field.type != Type::varint) return DecodeError::wire_type;
        view_.subscription_id = field.value;
      }
      if (e != DecodeError::none) return e;
    }
    return reader.ok() ? DecodeError::none : DecodeError::malformed;
  }

  DecodeError publish_field(const Field& field, bool& has_content) noexcept {
    if (field.number != 2 && field.number != kContentNumber) return DecodeError::none;
    if (field.type != Type::bytes) return DecodeError::wire_type;
    bool& seen = field.number == 2 ? view_.has_session : has_content;
    if (seen) return DecodeError::repeated;
    seen = true;
    return check(field.bytes, field.number == 2 ? kSessionSchema : kContentSchema);
  }

  DecodeError header(ByteView content) noexcept {
    HeaderView& h = view_.header;
    h.present = true;
    std::size_t known_bytes = 0;
    if (names_) {
      known_bytes = names_->match(content, offset(content.data()), h);
      if (known_bytes > 0) {
        view_.names_known = true;
        h.kept[h.kept_count++] = span(content.first(known_bytes));
      }
    }
    Reader reader(content.subspan(known_bytes));
    Field field;
    while (reader.next(field)) {
      if (field.number > kHeader.size()) {
        if (!keep(field)) return DecodeError::repeated;
        continue;
      }
      const HeaderField known = kHeader[field.number - 1];
      if (field.type != known.type) return DecodeError::wire_type;
      const DecodeError e = header_field(field, known.role);
      if (e != DecodeError::none) return e;
      if (known.role < Role::ttl && !keep(field)) return DecodeError::repeated;
    }
    return reader.ok() ? DecodeError::none : DecodeError::malformed;
  }

  /// Appends to the kept parts. A header in more pieces than there is room for is legal protobuf
  /// that no encoder writes.
  bool keep(const Field& field) noexcept {
    HeaderView& h = view_.header;
    const std::uint32_t begin = offset(field.begin);
    const auto size = static_cast<std::uint32_t>(field.end - field.begin);
    if (h.kept_count > 0 && h.kept[h.kept_count - 1].end() == begin) {
      h.kept[h.kept_count - 1].size += size;
      return true;
    }
    if (h.kept_count == HeaderView::kMaxKept) return false;
    h.kept[h.kept_count++] = {begin, size};
    return true;
  }

  DecodeError header_field(const Field& field, Role role) noexcept {
    HeaderView& h = view_.header;
    switch (role) {
      case Role::source:
        return name(field.bytes, h.source);
      case Role::destination:
        return name(field.bytes, h.destination);
      case Role::identity:
        h.identity = span(field.bytes);
        return base::is_utf8(field.bytes) ? DecodeError::none : DecodeError::utf8;
      case Role::fanout:
        h.fanout = static_cast<std::uint32_t>(field.value);
        break;
      case Role::version:
        return base::is_utf8(field.bytes) ? DecodeError::none : DecodeError::utf8;
      case Role::ttl:
        h.ttl = static_cast<std::uint32_t>(field.value);
        break;
      case Role::recv_from:
        h.has_recv_from = true;
        h.recv_from = field.value;
        break;
      case Role::forward_to:
        h.has_forward_to = true;
        h.forward_to = field.value;
        break;
      case Role::incoming_conn:
        h.incoming_conn = field.value;
        break;
      case Role::error:
        h.has_error = true;
        h.error = field.value != 0;
        break;
      case Role::mac:
        h.has_mac = !field.bytes.empty();
        h.mac = span(field.bytes);
        break;
      case Role::signature:
        break;
    }
    return DecodeError::none;
  }

  DecodeError name(ByteView content, NameView& out) noexcept {
    if (out.present) return DecodeError::repeated;
    out.present = true;
    if constexpr (kFlatNames) {
      out.has_encoded = true;
      return encoded_name(content, out);
    }
    Reader reader(content);
    Field field;
    while (reader.next(field)) {
      if (field.number != 1 && field.number != 2) continue;
      if (field.type != Type::bytes) return DecodeError::wire_type;
      bool& seen = field.number == 1 ? out.has_encoded : out.has_strings;
      if (seen) return DecodeError::repeated;
      seen = true;
      const DecodeError e =
          field.number == 1 ? encoded_name(field.bytes, out) : string_name(field.bytes, out);
      if (e != DecodeError::none) return e;
    }
    return reader.ok() ? DecodeError::none : DecodeError::malformed;
  }

  static DecodeError encoded_name(ByteView content, NameView& out) noexcept {
    Reader reader(content);
    Field field;
    // An id that is left out: any in A and D, 0 in B and C, where it is a plain number.
    if constexpr (G == Generation::b || G == Generation::c) out.id = {0, 0};
    while (reader.next(field)) {
      if (field.number >= 1 && field.number <= 3) {
        if (field.type != Type::varint) return DecodeError::wire_type;
        out.hashes[field.number - 1] = field.value;
      } else if (field.number == 4) {
        const DecodeError e = instance_id(field, out);
        if (e != DecodeError::none) return e;
      }
    }
    return reader.ok() ? DecodeError::none : DecodeError::malformed;
  }

  static DecodeError instance_id(const Field& field, NameView& out) noexcept {
    if constexpr (G == Generation::d) {
      if (field.type != Type::bytes) return DecodeError::wire_type;
      if (out.has_id) return DecodeError::repeated;
      out.has_id = true;
      return name_id(field.bytes, out.id);
    } else {
      if (field.type != Type::varint) return DecodeError::wire_type;
      out.has_id = true;
      out.id = widened(field.value);
      return DecodeError::none;
    }
  }

  static DecodeError name_id(ByteView content, name::InstanceId& out) noexcept {
    out = {0, 0};
    Reader reader(content);
    Field field;
    while (reader.next(field)) {
      if (field.number != 1 && field.number != 2) continue;
      if (field.type != Type::varint) return DecodeError::wire_type;
      (field.number == 1 ? out.high : out.low) = field.value;
    }
    return reader.ok() ? DecodeError::none : DecodeError::malformed;
  }

  DecodeError string_name(ByteView content, NameView& out) noexcept {
    Reader reader(content);
    Field field;
    while (reader.next(field)) {
      const DecodeError e = name_string(field, field.number, out);
      if (e != DecodeError::none) return e;
    }
    return reader.ok() ? DecodeError::none : DecodeError::malformed;
  }

  /// `part` counts from 1; others are fields that nobody knows.
  DecodeError name_string(const Field& field, std::uint32_t part, NameView& out) noexcept {
    if (part < 1 || part > 3) return DecodeError::none;
    if (field.type != Type::bytes) return DecodeError::wire_type;
    if (!base::is_utf8(field.bytes)) return DecodeError::utf8;
    out.strings[part - 1] = span(field.bytes);
    return DecodeError::none;
  }

  static constexpr auto kHeader = header_fields<G>();

  ByteView message_;
  MessageView& view_;
  const KnownNames* names_;
};

template <Generation G>
DecodeError decode_as(ByteView message, MessageView& view,
                      const KnownNames* names = nullptr) noexcept {
  view = MessageView{};
  view.generation = G;
  return Decoder<G>(message, view, names).run();
}

template <Generation G>
DecodeError decode_rest_as(ByteView message, MessageView& view) noexcept {
  return Decoder<G>(message, view).rest();
}

}  // namespace

DecodeError decode_rest(ByteView message, MessageView& view) noexcept {
  switch (view.generation) {
    case Generation::a:
      return decode_rest_as<Generation::a>(message, view);
    case Generation::b:
      return decode_rest_as<Generation::b>(message, view);
    case Generation::c:
      return decode_rest_as<Generation::c>(message, view);
    case Generation::d:
      break;
  }
  return decode_rest_as<Generation::d>(message, view);
}

DecodeError decode_a(ByteView message, MessageView& view) noexcept {
  return decode_as<Generation::a>(message, view);
}
DecodeError decode_b(ByteView message, MessageView& view) noexcept {
  return decode_as<Generation::b>(message, view);
}
DecodeError decode_c(ByteView message, MessageView& view) noexcept {
  return decode_as<Generation::c>(message, view);
}
DecodeError decode_d(ByteView message, MessageView& view) noexcept {
  return decode_as<Generation::d>(message, view);
}

DecodeError decode(Generation generation, ByteView message, MessageView& view,
                   const KnownNames* names) noexcept {
  switch (generation) {
    case Generation::a:
      return decode_as<Generation::a>(message, view, names);
    case Generation::b:
      return decode_as<Generation::b>(message, view, names);
    case Generation::c:
      return decode_as<Generation::c>(message, view, names);
    case Generation::d:
      break;
  }
  return decode_as<Generation::d>(message, view, names);
}

std::string_view missing_part(const MessageView& view) noexcept {
  const HeaderView& h = view.header;
  if (!h.present) return "SLIM header not found";
  if (!h.source.present) return "source not found";
  if (!h.source.has_encoded) return "source encoded name not found";
  if (!h.destination.present) return "destination not found";
  if (!h.destination.has_encoded) return "destination encoded name not found";
  // Upstream lets these through and its receivers stop reading: docs/protocol/wire.md, mistake 3.
  // The names of A and B have no strings.
  if (view.generation >= Generation::c) {
    if (!h.source.has_strings) return "source string name not found";
    if (!h.destination.has_strings) return "destination string name not found";
  }
  if (view.kind == Kind::publish && !view.has_session) return "session header not found";
  return {};
}

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::subscribe:
      return "subscribe";
    case Kind::unsubscribe:
      return "unsubscribe";
    case Kind::publish:
      return "publish";
    case Kind::link:
      return "link";
    case Kind::subscription_ack:
      return "subscription_ack";
    case Kind::none:
      break;
  }
  return "unknown";
}

std::string_view to_string(DecodeError error) noexcept {
  switch (error) {
    case DecodeError::none:
      return "none";
    case DecodeError::malformed:
      return "malformed protobuf";
    case DecodeError::wire_type:
      return "wrong wire type";
    case DecodeError::utf8:
      return "invalid UTF-8";
    case DecodeError::repeated:
      return "repeated field";
  }
  return "unknown";
}

}  // namespace slim::wire
