#include "slim_peer.hpp"

#include <cstring>
#include <stdexcept>

#include <slim/base/random.hpp>
#include <slim/crypto/hkdf.hpp>
#include <slim/crypto/x25519.hpp>
#include <slim/wire/control.hpp>
#include <slim/wire/link_negotiation.hpp>
#include <slim/wire/mac.hpp>
#include <slim/wire/pb.hpp>

namespace slim::bench {
namespace {

using base::as_bytes;

std::string framed(const std::string& message) {
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(message.size() >> shift));
  return out + message;
}

/// The next message of a kind, in at most five reads that wait.
std::string await(RawStream& stream, wire::Kind kind) {
  std::string found;
  for (int reads = 0; reads < 100 && found.empty(); ++reads) {
    const bool going = stream.receive([&](std::string_view message) {
      wire::MessageView view;
      if (wire::decode_d(as_bytes(message), view) == wire::DecodeError::none && view.kind == kind) {
        found = message;
      }
    });
    if (!going) break;
  }
  if (found.empty())
    throw std::runtime_error("the node did not answer with a " +
                             std::string(wire::to_string(kind)));
  return found;
}

}  // namespace

SlimPeer::SlimPeer(const std::string& host, std::uint16_t port) : stream_(host, port) {
  base::SystemRandom random;
  link_id_ = random.uuid_v4();
  self_ = name::make_name("org", "bench", "peer", {random.next_u64(), random.next_u64()});
  const auto key = crypto::X25519KeyPair::generate();
  wire::LinkNegotiation request;
  request.link_id = link_id_;
  request.version = "3.4.6";
  request.public_key = base::as_text(key.public_key());
  request.connection_type = wire::ConnectionType::edge;
  request.node_id = "bench";
  stream_.out() += framed(wire::encode_link(request));
  stream_.flush();
  const std::string answer = await(stream_, wire::Kind::link);
  wire::MessageView view;
  (void)wire::decode_d(as_bytes(answer), view);
  const auto reply = wire::decode_link(as_bytes(answer), view);
  const auto shared = key.agree(as_bytes(reply->public_key));
  if (!shared) throw std::runtime_error("the node sent no key");
  const auto secret = crypto::hkdf_sha256(shared->view(), as_bytes(link_id_),
                                          as_bytes("SLIM-DP-inter-node-hmac-v1"), 32);
  mac_.emplace(secret.view(), as_bytes(wire::mac_prefix(link_id_)));
}

std::string SlimPeer::header(const name::Name& to, const std::string& identity,
                             std::uint32_t fanout) const {
  wire::pb::Writer h;
  h.text(1, wire::encode_name(self_));
  h.text(2, wire::encode_name(to));
  h.text(3, identity);
  h.varint(4, fanout);
  h.text(5, "3.4.6");
  h.varint(6, 8);
  return std::move(h).take();
}

std::string SlimPeer::sign(std::uint32_t kind, const std::string& header,
                           const std::string& rest) const {
  const auto build = [&](const std::string& h) {
    wire::pb::Writer body;
    body.text(1, h);
    wire::pb::Writer message;
    message.text(kind, std::string(base::as_text(body.view())) + rest);
    return std::move(message).take();
  };
  const std::string untagged = build(header);
  wire::MessageView view;
  if (wire::decode_d(as_bytes(untagged), view) != wire::DecodeError::none)
    throw std::logic_error("own message");
  std::vector<base::Byte> preimage;
  wire::mac_body(view, as_bytes(untagged), wire::HopFields::as_received, preimage);
  base::Byte tag[wire::kMacSize];
  mac_->tag(preimage, wire::MacTtl(view.header.ttl).view(), tag);
  wire::pb::Writer tagged;
  tagged.bytes(11, tag);
  return build(header + std::string(base::as_text(tagged.view())));
}

void SlimPeer::subscribe(const name::Name& name, std::uint64_t id) {
  wire::pb::Writer rest;
  rest.varint(2, id);
  stream_.out() +=
      framed(sign(1, header(name, "bench", 1), std::string(base::as_text(rest.view()))));
  stream_.flush();
  const std::string answer = await(stream_, wire::Kind::subscription_ack);
  wire::MessageView view;
  (void)wire::decode_d(as_bytes(answer), view);
  if (!wire::decode_ack(as_bytes(answer), view).success)
    throw std::runtime_error("subscription refused");
}

void SlimPeer::prepare(const name::Name& to, const PublishShape& shape) {
  wire::pb::Writer session;
  session.varint(1, 1);
  session.varint(2, 1);
  session.varint(3, 7);
  session.varint(4, 9);
  wire::pb::Writer app;
  app.text(1, "msg");
  app.text(2, std::string(std::max<std::size_t>(shape.payload, sizeof(Stamp)), 'x'));
  wire::pb::Writer content;
  content.message(1, app);
  wire::pb::Writer rest;
  rest.message(2, session);
  rest.message(3, content);
  base::SystemRandom random;
  messages_.clear();
  for (std::size_t i = 0; i < shape.identities; ++i) {
    std::string identity;
    while (identity.size() < shape.identity_bytes) identity += random.uuid_v4();
    identity.resize(shape.identity_bytes);
    messages_.push_back(framed(
        sign(3, header(to, identity, shape.fanout), std::string(base::as_text(rest.view())))));
  }
}

void SlimPeer::publish(const Stamp& stamp) {
  std::string& out = stream_.out();
  out += messages_[next_];
  // The blob is the last thing in a publish without metadata.
  std::memcpy(out.data() + out.size() - sizeof stamp, &stamp, sizeof stamp);
  if (++next_ == messages_.size()) next_ = 0;
}

std::optional<Stamp> SlimPeer::stamp_of(std::string_view message) {
  if (message.empty() || message[0] != (3 << 3 | 2) || message.size() < sizeof(Stamp))
    return std::nullopt;
  Stamp stamp;
  std::memcpy(&stamp, message.data() + message.size() - sizeof stamp, sizeof stamp);
  return stamp;
}

}  // namespace slim::bench
