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
  // The member's content is its header field; append the id and wrap it again.
  pb::Writer id;
  id.varint_unless_zero(2, subscription_id);
  const std::string content =
      with_tag.substr(l.head - l.member) + std::string(base::as_text(id.view()));
  pb::Writer out;
  out.text(static_cast<std::uint32_t>(view.kind), content);
  return std::move(out).take();
}

name::Name to_name(const NameView& view, ByteView message) {
  name::Name out;
  out.hashes = view.hashes;
  out.id = view.id;
  for (std::size_t i = 0; i < 3; ++i) out.parts[i] = view.strings[i].text_in(message);
  return out;
}

}  // namespace slim::wire
