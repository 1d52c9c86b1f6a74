#include <slim/name/hash.hpp>
#include <slim/wire/control.hpp>
#include <slim/wire/generation.hpp>
#include <slim/wire/pb.hpp>

namespace slim::wire {

SubscriptionAck decode_ack(ByteView message, const MessageView& view) {
  SubscriptionAck ack;
  pb::Reader reader(view.member.in(message));
  pb::Field field;
  while (reader.next(field)) {
    if (field.number == 1) ack.subscription_id = field.value;
    if (field.number == 2) ack.success = field.value != 0;
    if (field.number == 3) ack.error = base::as_text(field.bytes);
  }
  return ack;
}

std::string encode_ack(const SubscriptionAck& ack) {
  pb::Writer member;
  member.varint_unless_zero(1, ack.subscription_id);
  member.varint_unless_zero(2, ack.success ? 1 : 0);
  member.text_unless_empty(3, ack.error);
  pb::Writer message;
  message.message(static_cast<std::uint32_t>(Kind::subscription_ack), member);
  return std::move(message).take();
}

std::string encode_name(const name::Name& name) {
  pb::Writer id;
  id.varint_unless_zero(1, name.id.high);
  id.varint_unless_zero(2, name.id.low);
  pb::Writer encoded;
  pb::Writer strings;
  for (std::uint32_t i = 0; i < 3; ++i) {
    encoded.varint_unless_zero(i + 1, name.hashes[i]);
    strings.text_unless_empty(i + 1, name.parts[i]);
  }
  encoded.message(4, id);
  pb::Writer out;
  out.message(1, encoded);
  out.message(2, strings);
  return std::move(out).take();
}

std::string encode_announcement(Kind kind, const name::Name& name, std::uint64_t subscription_id,
                                std::uint32_t ttl) {
  const std::string encoded = encode_name(name);
  pb::Writer header;
  header.text(1, encoded);
  header.text(2, encoded);
  header.varint(4, 1);
  header.text(5, kProtocolVersion);
  header.varint_unless_zero(6, ttl);
  pb::Writer member;
  member.message(1, header);
  member.varint_unless_zero(2, subscription_id);
  pb::Writer message;
  message.message(static_cast<std::uint32_t>(kind), member);
  return std::move(message).take();
}

std::string restate_subscription(const MessageView& view, ByteView message,
                                 std::uint64_t subscription_id, const HopHeader& hop) {
  // The same message with nothing around its header, so that the header is all that is rewritten.
  MessageView bare = view;
  bare.before_member.size = 0;
  bare.before_header.size = 0;
  bare.tail.size = 0;
  bare.tail.offset = bare.member.end();
  const RewriteLayout l = layout(bare, hop);
  std::string with_tag(l.head, '\0');
  write_head(bare, message, hop, l, reinterpret_cast<Byte*>(with_tag.data()));
  // The member's content is its header field; append what stands beside it and wrap it again.
  pb::Writer beside;
  if (view.generation >= Generation::c) {
    beside.varint_unless_zero(2, subscription_id);
  } else if (view.header.destination.has_strings) {
    for (std::uint32_t i = 0; i < 3; ++i) {
      beside.text_unless_empty(i + 2, view.header.destination.strings[i].text_in(message));
    }
  }
  const std::string content =
      with_tag.substr(l.head - l.member) + std::string(base::as_text(beside.view()));
  pb::Writer out;
  out.text(static_cast<std::uint32_t>(view.kind), content);
  return std::move(out).take();
}

name::Hashes hashes_of(Dialect dialect, const std::array<std::string, 3>& parts) {
  const auto hash = dialect == Dialect::a3 ? name::hash_component_v03 : name::hash_component;
  return {hash(parts[0]), hash(parts[1]), hash(parts[2])};
}

std::string encode_name(Dialect dialect, const name::Name& name) {
  if (dialect == Dialect::d) return encode_name(name);
  pb::Writer encoded;
  for (std::uint32_t i = 0; i < 3; ++i) encoded.varint_unless_zero(i + 1, name.hashes[i]);
  const std::uint64_t id = name.id.low;
  if (dialect == Dialect::a3) {
    // Optional there: absent is any, 0 is 0.
    if (!name.id.is_wildcard()) encoded.varint(4, id);
  } else if (dialect == Dialect::a5) {
    // Written even where it is 0, which 0.3 would read as any if it were left out.
    encoded.varint(4, id);
  } else {
    encoded.varint_unless_zero(4, id);
  }
  if (dialect != Dialect::c) return std::move(encoded).take();
  pb::Writer strings;
  for (std::uint32_t i = 0; i < 3; ++i) strings.text_unless_empty(i + 1, name.parts[i]);
  pb::Writer out;
  out.message(1, encoded);
  out.message(2, strings);
  return std::move(out).take();
}

std::optional<std::string> encode_subscription(Dialect dialect,
                                               const SubscriptionRequest& request) {
  const bool flat = dialect <= Dialect::b;
  const auto encoded = [&](const name::Name& name) {
    if (!flat) return encode_name(dialect, name);
    name::Name hashed = name;
    hashed.hashes = hashes_of(dialect, name.parts);
    return encode_name(dialect, hashed);
  };
  if (dialect != Dialect::d &&
      !(fits_64_bits(request.name.id) && fits_64_bits(request.source.id))) {
    return std::nullopt;
  }
  pb::Writer header;
  header.text(1, encoded(request.source));
  header.text(2, encoded(request.name));
  if (dialect == Dialect::d) {
    header.text_unless_empty(3, request.identity);
    header.varint(4, 1);
    header.text(5, kProtocolVersion);
    header.varint(6, kInitialTtl);
  } else {
    header.varint(3, 1);
    if (dialect == Dialect::c) header.text_unless_empty(4, request.identity);
  }
  pb::Writer member;
  member.message(1, header);
  if (!flat) {
    member.varint_unless_zero(2, request.subscription_id);
  } else if (dialect == Dialect::b || request.kind == Kind::subscribe) {
    for (std::uint32_t i = 0; i < 3; ++i) {
      member.text_unless_empty(i + 2, request.name.parts[i]);
    }
  }
  pb::Writer message;
  message.message(static_cast<std::uint32_t>(request.kind), member);
  if ((dialect == Dialect::a5 || dialect == Dialect::b) && !request.identity.empty()) {
    pb::Writer entry;
    entry.text(1, kIdentityKey);
    entry.text(2, request.identity);
    message.message(4, entry);
  }
  return std::move(message).take();
}

name::Name to_name(const NameView& view, ByteView message) {
  name::Name out;
  out.hashes = view.hashes;
  out.id = view.id;
  for (std::size_t i = 0; i < 3; ++i) out.parts[i] = view.strings[i].text_in(message);
  return out;
}

}  // namespace slim::wire
