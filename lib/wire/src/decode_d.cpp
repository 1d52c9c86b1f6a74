#include <slim/base/utf8.hpp>
#include <slim/wire/message.hpp>
#include <slim/wire/pb.hpp>

#include "schema.hpp"

namespace slim::wire {
namespace {

using pb::Field;
using pb::Reader;
using pb::Type;

/// Reads one message; every function returns the first error or none.
class Decoder {
 public:
  Decoder(ByteView message, MessageView& view) noexcept : message_(message), view_(view) {}

  DecodeError run() noexcept {
    Reader reader(message_);
    Field field;
    while (reader.next(field)) {
      const DecodeError e = top_level(field);
      if (e != DecodeError::none) return e;
    }
    if (!reader.ok()) return DecodeError::malformed;
    return view_.kind == Kind::none ? DecodeError::none : member();
  }

 private:
  [[nodiscard]] std::uint32_t offset(const Byte* p) const noexcept {
    return static_cast<std::uint32_t>(p - message_.data());
  }
  [[nodiscard]] Span span(ByteView bytes) const noexcept {
    return {offset(bytes.data()), static_cast<std::uint32_t>(bytes.size())};
  }

  DecodeError top_level(const Field& field) noexcept {
    switch (field.number) {
      case 1:
      case 2:
      case 3:
      case 5:
      case 6:
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
        return check(content, Schema::link);
      case Kind::subscription_ack:
        return check(content, Schema::subscription_ack);
      default:
        return routed(content);
    }
  }

  /// Subscribe, Unsubscribe, Publish: field 1 is the header in all three.
  DecodeError routed(ByteView content) noexcept {
    Reader reader(content);
    Field field;
    bool has_content = false;
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
      } else if (field.number == 2) {
        if (field.type != Type::varint) return DecodeError::wire_type;
        view_.subscription_id = field.value;
      }
      if (e != DecodeError::none) return e;
    }
    return reader.ok() ? DecodeError::none : DecodeError::malformed;
  }

  DecodeError publish_field(const Field& field, bool& has_content) noexcept {
    if (field.number != 2 && field.number != 3) return DecodeError::none;
    if (field.type != Type::bytes) return DecodeError::wire_type;
    bool& seen = field.number == 2 ? view_.has_session : has_content;
    if (seen) return DecodeError::repeated;
    seen = true;
    return check(field.bytes, field.number == 2 ? Schema::session_header : Schema::content);
  }

  DecodeError header(ByteView content) noexcept {
    HeaderView& h = view_.header;
    h.present = true;
    Reader reader(content);
    Field field;
    while (reader.next(field)) {
      const DecodeError e = header_field(field);
      if (e != DecodeError::none) return e;
      const bool rewritten = (field.number >= 6 && field.number <= 9) || field.number == 11;
      if (!rewritten && !keep(field)) return DecodeError::repeated;
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

  DecodeError header_field(const Field& field) noexcept {
    HeaderView& h = view_.header;
    constexpr Type kTypes[] = {Type::bytes,  Type::bytes,  Type::bytes,  Type::varint,
                               Type::bytes,  Type::varint, Type::varint, Type::varint,
                               Type::varint, Type::varint, Type::bytes,  Type::bytes};
    if (field.number > std::size(kTypes)) return DecodeError::none;
    if (field.type != kTypes[field.number - 1]) return DecodeError::wire_type;
    switch (field.number) {
      case 1:
        return name(field.bytes, h.source);
      case 2:
        return name(field.bytes, h.destination);
      case 3:
        h.identity = span(field.bytes);
        return base::is_utf8(field.bytes) ? DecodeError::none : DecodeError::utf8;
      case 4:
        h.fanout = static_cast<std::uint32_t>(field.value);
        break;
      case 5:
        return base::is_utf8(field.bytes) ? DecodeError::none : DecodeError::utf8;
      case 6:
        h.ttl = static_cast<std::uint32_t>(field.value);
        break;
      case 7:
        h.has_recv_from = true;
        h.recv_from = field.value;
        break;
      case 8:
        h.has_forward_to = true;
        h.forward_to = field.value;
        break;
      case 9:
        h.incoming_conn = field.value;
        break;
      case 10:
        h.has_error = true;
        h.error = field.value != 0;
        break;
      case 11:
        h.has_mac = !field.bytes.empty();
        h.mac = span(field.bytes);
        break;
      default:
        break;
    }
    return DecodeError::none;
  }

  DecodeError name(ByteView content, NameView& out) noexcept {
    if (out.present) return DecodeError::repeated;
    out.present = true;
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
    while (reader.next(field)) {
      if (field.number >= 1 && field.number <= 3) {
        if (field.type != Type::varint) return DecodeError::wire_type;
        out.hashes[field.number - 1] = field.value;
      } else if (field.number == 4) {
        if (field.type != Type::bytes) return DecodeError::wire_type;
        if (out.has_id) return DecodeError::repeated;
        out.has_id = true;
        const DecodeError e = name_id(field.bytes, out.id);
        if (e != DecodeError::none) return e;
      }
    }
    return reader.ok() ? DecodeError::none : DecodeError::malformed;
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
      if (field.number < 1 || field.number > 3) continue;
      if (field.type != Type::bytes) return DecodeError::wire_type;
      if (!base::is_utf8(field.bytes)) return DecodeError::utf8;
      out.strings[field.number - 1] = span(field.bytes);
    }
    return reader.ok() ? DecodeError::none : DecodeError::malformed;
  }

  ByteView message_;
  MessageView& view_;
};

}  // namespace

DecodeError decode_d(ByteView message, MessageView& view) noexcept {
  view = MessageView{};
  return Decoder(message, view).run();
}

std::string_view missing_part(const MessageView& view) noexcept {
  const HeaderView& h = view.header;
  if (!h.present) return "SLIM header not found";
  if (!h.source.present) return "source not found";
  if (!h.source.has_encoded) return "source encoded name not found";
  if (!h.destination.present) return "destination not found";
  if (!h.destination.has_encoded) return "destination encoded name not found";
  // Upstream lets these through and its receivers stop reading: docs/protocol/wire.md, mistake 3.
  if (!h.source.has_strings) return "source string name not found";
  if (!h.destination.has_strings) return "destination string name not found";
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
