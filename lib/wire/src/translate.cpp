#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <string_view>
#include <utility>

#include <slim/wire/control.hpp>
#include <slim/wire/pb.hpp>
#include <slim/wire/translate.hpp>

namespace slim::wire {
namespace {

using base::fail;
using pb::Field;
using pb::Reader;
using pb::Writer;
using Parts = std::array<std::string, 3>;
template <class T>
using Result = base::Result<T, TranslateError>;

/// Names without strings, identity in the metadata if anywhere, plain content.
bool is_flat(Dialect dialect) noexcept { return dialect <= Dialect::b; }
bool same_hashes(Dialect a, Dialect b) noexcept { return (a == Dialect::a3) == (b == Dialect::a3); }

/// Multicast of the session layers; all other values mean the same everywhere.
constexpr std::uint32_t kFanoutFlat = 50;
constexpr std::uint32_t kFanout = 256;

/// What a publish has beside its header, as read from any dialect. Lifetime: that of the message.
struct Publish {
  std::uint64_t session_type = 0;  ///< not in a3
  std::uint64_t message_type = 0;
  std::uint64_t session_id = 0;
  std::uint64_t message_id = 0;
  ByteView source_strings;  ///< OriginalName of B
  ByteView destination_strings;
  bool has_data = false;
  bool has_command = false;
  std::string_view payload_type;
  ByteView blob;
};

void read_session(ByteView session, Dialect dialect, Publish& out) noexcept {
  Reader reader(session);
  Field field;
  while (reader.next(field)) {
    // a3's header has one type and what follows is one number lower.
    const std::uint32_t number =
        dialect == Dialect::a3 && field.number >= 2 ? field.number + 1 : field.number;
    if (number == 1) (dialect == Dialect::a3 ? out.message_type : out.session_type) = field.value;
    if (number == 2) out.message_type = field.value;
    if (number == 3) out.session_id = field.value;
    if (number == 4) out.message_id = field.value;
    if (dialect != Dialect::b) continue;
    if (number == 5) out.source_strings = field.bytes;
    if (number == 6) out.destination_strings = field.bytes;
  }
}

void read_data(ByteView data, Publish& out) noexcept {
  out.has_data = true;
  Reader reader(data);
  Field field;
  while (reader.next(field)) {
    if (field.number == 1) out.payload_type = base::as_text(field.bytes);
    if (field.number == 2) out.blob = field.bytes;
  }
}

Publish read_publish(const MessageView& view, ByteView message, Dialect dialect) noexcept {
  const std::uint32_t content_number = view.generation == Generation::a ? 4 : 3;
  Publish out;
  Reader reader(view.member.in(message));
  Field field;
  while (reader.next(field)) {
    if (field.number == 2) read_session(field.bytes, dialect, out);
    if (field.number != content_number) continue;
    if (is_flat(dialect)) {
      read_data(field.bytes, out);
      continue;
    }
    Reader content(field.bytes);
    Field inner;
    while (content.next(inner)) {
      if (inner.number == 1) read_data(inner.bytes, out);
      if (inner.number == 2) out.has_command = true;
    }
  }
  return out;
}

struct Entry {
  std::string_view key;
  std::string_view value;
  ByteView bytes;
};

/// Calls `visit` with each metadata entry.
template <class Visit>
void each_entry(ByteView message, Visit visit) {
  Reader reader(message);
  Field field;
  while (reader.next(field)) {
    if (field.number != 4) continue;
    Entry entry{{}, {}, field.bytes};
    Reader parts(field.bytes);
    Field part;
    while (parts.next(part)) {
      if (part.number == 1) entry.key = base::as_text(part.bytes);
      if (part.number == 2) entry.value = base::as_text(part.bytes);
    }
    visit(entry);
  }
}

enum class Traffic { data, stateful, control };

/// docs/protocol/wire.md 14.3.
Traffic traffic(const Publish& p, Dialect dialect) noexcept {
  const auto any_of = [&](std::initializer_list<std::uint64_t> types) {
    return std::find(types.begin(), types.end(), p.message_type) != types.end();
  };
  bool stateful = false;
  switch (dialect) {
    case Dialect::a3:  // reliable, request and reply, stream, pub-sub
      stateful = any_of({2, 6, 7, 8, 9});
      break;
    case Dialect::a5:  // reliable, stream, pub-sub
      stateful = any_of({2, 4, 5});
      break;
    case Dialect::b:  // reliable, multicast
      stateful = any_of({2, 4});
      break;
    case Dialect::c:
    case Dialect::d:
      break;
  }
  if (stateful) return Traffic::stateful;
  if (p.message_type != 1) return Traffic::control;
  return dialect == Dialect::a3 || p.session_type == 1 ? Traffic::data : Traffic::stateful;
}

bool is_encrypted(const Publish& p, ByteView message, Dialect dialect) {
  if (is_flat(dialect)) {
    bool marked = false;
    each_entry(message, [&](const Entry& e) {
      marked = marked || e.key == "MLS_ENCRYPTED" || e.key == "MLS_ENABLED";
    });
    return marked;
  }
  // Nothing marks ciphertext in C and D but its first bytes: MLS version 1, PrivateMessage.
  constexpr Byte kMls[] = {0, 1, 0, 2};
  return p.blob.size() >= sizeof kMls &&
         std::equal(std::begin(kMls), std::end(kMls), p.blob.begin());
}

/// Metadata that does not cross: it belongs to the hop, or moves to another place, or signs bytes
/// that no longer are what they were.
bool stays_behind(std::string_view key, Dialect from, Dialect to) noexcept {
  if (key == kIdentityKey) return is_flat(from) || is_flat(to);
  return key == "SUBSCRIPTION_ACK_ID" || key == "SUBSCRIPTION_ACK_SUCCESS" ||
         key == "SUBSCRIPTION_ACK_ERROR" || key == "slim-payload-sig";
}

std::optional<Parts> original_strings(ByteView original, const NameView& view) {
  if (original.empty()) return std::nullopt;
  Parts parts;
  Reader reader(original);
  Field field;
  while (reader.next(field)) {
    if (field.number >= 1 && field.number <= 3)
      parts[field.number - 1] = base::as_text(field.bytes);
  }
  // Receivers show them unchecked, but we are about to route by them.
  if (hashes_of(Dialect::b, parts) != view.hashes) return std::nullopt;
  return parts;
}

Result<name::InstanceId> translate_id(const name::InstanceId& id, Dialect from, Dialect to,
                                      NameDictionary& names) {
  if (id.is_wildcard() || (from == Dialect::d) == (to == Dialect::d)) return id;
  if (to == Dialect::d) return names.id_of(id.low);
  const std::optional<std::uint64_t> alias = names.alias(id);
  if (!alias || *alias == ~std::uint64_t{0}) return fail(TranslateError::id_too_wide);
  return name::InstanceId{0, *alias};
}

/// A name with its strings, if anything tells them.
struct Known {
  name::Name name;
  bool has_strings = false;
};

Result<Known> known_name(const NameView& view, ByteView message, Dialect from, Dialect to,
                         NameDictionary& names, ByteView original = {}) {
  const auto id = translate_id(view.id, from, to, names);
  if (!id) return fail(id.error());
  Known out{{view.hashes, {}, *id}, true};
  if (view.has_strings) {
    out.name.parts = to_name(view, message).parts;
  } else if (auto own = original_strings(original, view)) {
    out.name.parts = *std::move(own);
  } else if (auto learnt = names.strings(from, view.hashes)) {
    out.name.parts = *std::move(learnt);
  } else {
    out.has_strings = false;
  }
  if (!out.has_strings) {
    if (!is_flat(to) || !same_hashes(from, to)) return fail(TranslateError::no_strings);
    return out;
  }
  // Strings that stand in a message of A or B are those of a subscription, where they count, not
  // the hashes.
  const bool by_strings = !same_hashes(from, to) || (is_flat(from) && view.has_strings);
  if (by_strings) out.name.hashes = hashes_of(to, out.name.parts);
  return out;
}

std::uint32_t translate_fanout(std::uint32_t fanout, Dialect from, Dialect to) noexcept {
  if (is_flat(from) && !is_flat(to) && fanout == kFanoutFlat) return kFanout;
  if (!is_flat(from) && is_flat(to) && fanout == kFanout) return kFanoutFlat;
  return fanout;
}

Writer make_header(const HeaderView& h, Dialect from, Dialect to, const name::Name& source,
                   const name::Name& destination, std::string_view identity) {
  const std::uint32_t fanout = translate_fanout(h.fanout, from, to);
  Writer out;
  out.text(1, encode_name(to, source));
  out.text(2, encode_name(to, destination));
  if (to == Dialect::d) {
    out.text_unless_empty(3, identity);
    out.varint_unless_zero(4, fanout);
    out.text(5, kProtocolVersion);
    out.varint(6, kInitialTtl);
    if (h.has_error) out.varint(10, h.error ? 1 : 0);
    return out;
  }
  out.varint_unless_zero(3, fanout);
  if (to == Dialect::c) out.text_unless_empty(4, identity);
  if (h.has_error) out.varint(to == Dialect::c ? 8 : 7, h.error ? 1 : 0);
  return out;
}

Writer original_name(const name::Name& name) {
  Writer out;
  for (std::uint32_t i = 0; i < 3; ++i) out.text_unless_empty(i + 1, name.parts[i]);
  out.varint_unless_zero(4, name.id.low);
  return out;
}

/// Unreliable point-to-point data is type 1 everywhere.
Writer make_session(const Publish& p, Dialect to, const Known& source, const Known& destination) {
  Writer out;
  std::uint32_t number = 1;
  out.varint(number++, 1);
  if (to != Dialect::a3) out.varint(number++, 1);
  out.varint_unless_zero(number++, p.session_id);
  out.varint_unless_zero(number, p.message_id);
  if (to == Dialect::b) {
    if (source.has_strings) out.message(5, original_name(source.name));
    if (destination.has_strings) out.message(6, original_name(destination.name));
  }
  return out;
}

Writer make_content(const Publish& p, Dialect to) {
  Writer data;
  data.text_unless_empty(1, p.payload_type);
  if (!p.blob.empty()) data.bytes(2, p.blob);
  if (is_flat(to)) return data;
  Writer out;
  out.message(1, data);
  return out;
}

}  // namespace

base::Result<name::Name, TranslateError> translate_name(const NameView& view, ByteView message,
                                                        Dialect from, Dialect to,
                                                        NameDictionary& names) {
  if (!view.has_encoded) return fail(TranslateError::incomplete);
  auto known = known_name(view, message, from, to, names);
  if (!known) return fail(known.error());
  if (!known->has_strings) return fail(TranslateError::no_strings);
  return std::move(known->name);
}

base::Result<std::string, TranslateError> translate_publish(const MessageView& view,
                                                            ByteView message, Dialect from,
                                                            Dialect to, NameDictionary& names) {
  if (from == to) return fail(TranslateError::same_dialect);
  if (view.kind != Kind::publish) return fail(TranslateError::control_message);
  if (!missing_part(view).empty()) return fail(TranslateError::incomplete);
  const Publish p = read_publish(view, message, from);
  const Traffic kind = traffic(p, from);
  if (p.has_command || kind == Traffic::control) return fail(TranslateError::control_message);
  if (kind == Traffic::stateful || is_encrypted(p, message, from)) {
    return fail(TranslateError::mls_or_session_state);
  }
  const HeaderView& h = view.header;
  const auto source = known_name(h.source, message, from, to, names, p.source_strings);
  if (!source) return fail(source.error());
  const auto destination =
      known_name(h.destination, message, from, to, names, p.destination_strings);
  if (!destination) return fail(destination.error());

  std::string_view identity = h.identity.text_in(message);
  Writer metadata;
  each_entry(message, [&](const Entry& e) {
    if (is_flat(from) && e.key == kIdentityKey) identity = e.value;
    if (!stays_behind(e.key, from, to)) metadata.bytes(4, e.bytes);
  });
  if ((to == Dialect::a5 || to == Dialect::b) && !identity.empty()) {
    Writer entry;
    entry.text(1, kIdentityKey);
    entry.text(2, identity);
    metadata.message(4, entry);
  }

  Writer member;
  member.message(1, make_header(h, from, to, source->name, destination->name, identity));
  member.message(2, make_session(p, to, *source, *destination));
  if (p.has_data) {
    member.message(generation_of(to) == Generation::a ? 4 : 3, make_content(p, to));
  }
  Writer out;
  out.message(static_cast<std::uint32_t>(Kind::publish), member);
  return std::move(out).take() + std::string(base::as_text(metadata.view()));
}

std::string_view to_string(TranslateError error) noexcept {
  switch (error) {
    case TranslateError::incomplete:
      return "incomplete message";
    case TranslateError::same_dialect:
      return "same generation";
    case TranslateError::control_message:
      return "control message";
    case TranslateError::mls_or_session_state:
      return "encrypted or bound to a session";
    case TranslateError::no_strings:
      return "name without strings";
    case TranslateError::id_too_wide:
      return "id without 64-bit alias";
  }
  return "unknown";
}

}  // namespace slim::wire
