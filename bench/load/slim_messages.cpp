#include "slim_messages.hpp"

#include <stdexcept>

#include <slim/wire/control.hpp>
#include <slim/wire/mac.hpp>
#include <slim/wire/pb.hpp>

namespace slim::bench {
namespace {

using base::as_bytes;
using base::as_text;
using wire::Dialect;
using wire::pb::Writer;

constexpr std::uint32_t kSubscribe = 1;
constexpr std::uint32_t kPublish = 3;
constexpr std::uint32_t kMetadata = 4;
constexpr std::uint32_t kHeaderMac = 11;

std::string member(std::uint32_t number, std::string_view header, std::string_view rest) {
  Writer body;
  body.text(1, header);
  Writer message;
  message.text(number, std::string(as_text(body.view())) + std::string(rest));
  return std::move(message).take();
}

/// Session header and content; the payload is last.
std::string session_and(Dialect dialect, std::string_view payload) {
  Writer session;
  session.varint(1, 1);
  session.varint(2, 1);
  session.varint(3, 7);
  session.varint(4, 9);
  Writer data;
  data.text(1, "msg");
  data.text(2, payload);
  Writer content;
  content.message(1, data);
  Writer rest;
  rest.message(2, session);
  rest.message(3, dialect == Dialect::b ? data : content);
  return std::move(rest).take();
}

/// 0.6 has the identity in the metadata: in front, so that the payload stays last.
std::string identity_b(std::string_view identity) {
  Writer entry;
  entry.text(1, wire::kIdentityKey);
  entry.text(2, identity);
  Writer metadata;
  metadata.message(kMetadata, entry);
  return std::move(metadata).take();
}

}  // namespace

std::uint32_t multicast_fanout(Dialect dialect) noexcept {
  return dialect == Dialect::b ? 50 : 256;
}

std::string SlimMessages::header(const Envelope& e) const {
  Writer h;
  h.text(1, wire::encode_name(dialect_, e.source));
  h.text(2, wire::encode_name(dialect_, e.destination));
  if (dialect_ == Dialect::d) h.text(3, e.identity);
  h.varint(dialect_ == Dialect::d ? 4 : 3, e.fanout);
  if (dialect_ == Dialect::c) h.text(4, e.identity);
  if (dialect_ == Dialect::d) {
    h.text(5, "3.4.6");
    h.varint(6, wire::kInitialTtl);
  }
  return std::move(h).take();
}

std::string SlimMessages::finish_d(std::uint32_t number, const std::string& header,
                                   const std::string& rest) const {
  std::string untagged = member(number, header, rest);
  if (!mac_) return untagged;
  wire::MessageView view;
  if (wire::decode_d(as_bytes(untagged), view) != wire::DecodeError::none)
    throw std::logic_error("the load generator's own message does not decode");
  std::vector<base::Byte> preimage;
  wire::mac_body(view, as_bytes(untagged), wire::HopFields::as_received, preimage);
  base::Byte tag[wire::kMacSize];
  mac_->tag(preimage, wire::MacTtl(view.header.ttl).view(), tag);
  Writer tagged;
  tagged.bytes(kHeaderMac, tag);
  return member(number, header + std::string(as_text(tagged.view())), rest);
}

std::string SlimMessages::publish(const Envelope& envelope, std::string_view payload) const {
  const std::string rest = session_and(dialect_, payload);
  if (dialect_ == Dialect::d) return finish_d(kPublish, header(envelope), rest);
  const std::string message = member(kPublish, header(envelope), rest);
  return dialect_ == Dialect::b ? identity_b(envelope.identity) + message : message;
}

std::string SlimMessages::subscribe(const Envelope& e, std::uint64_t id) const {
  if (dialect_ == Dialect::d) {
    Writer rest;
    rest.varint(2, id);
    return finish_d(kSubscribe, header(e), std::move(rest).take());
  }
  auto message = wire::encode_subscription(
      dialect_, {wire::Kind::subscribe, e.destination, e.source, e.identity, id});
  if (!message) throw std::logic_error("an id that this generation has no room for");
  return *std::move(message);
}

}  // namespace slim::bench
