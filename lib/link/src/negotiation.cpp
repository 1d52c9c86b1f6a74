#include "negotiation.hpp"

#include <slim/crypto/hkdf.hpp>
#include <slim/wire/generation.hpp>
#include <slim/wire/mac.hpp>

namespace slim::link {
namespace {

using forward::LinkType;
using wire::ConnectionType;

constexpr std::string_view kKeyInfo = "SLIM-DP-inter-node-hmac-v1";

std::optional<crypto::HmacSha256> derive(const crypto::X25519KeyPair& own,
                                         const std::string& peer_key, const std::string& link_id) {
  const auto shared = own.agree(base::as_bytes(peer_key));
  if (!shared) return std::nullopt;
  const crypto::Secret key = crypto::hkdf_sha256(shared->view(), base::as_bytes(link_id),
                                                 base::as_bytes(kKeyInfo), crypto::kSha256Size);
  return crypto::HmacSha256(key.view(), base::as_bytes(wire::mac_prefix(link_id)));
}

std::string text(const crypto::X25519Public& key) { return std::string(base::as_text(key)); }

LinkType to_link_type(ConnectionType type) {
  switch (type) {
    case ConnectionType::peer:
      return LinkType::peer;
    case ConnectionType::edge:
      return LinkType::edge;
    case ConnectionType::remote:
      break;
  }
  return LinkType::remote;
}

ConnectionType to_connection_type(LinkType type) {
  return type == LinkType::peer   ? ConnectionType::peer
         : type == LinkType::edge ? ConnectionType::edge
                                  : ConnectionType::remote;
}

/// docs/protocol/wire.md 5.3
std::optional<Refusal> peer_check(const wire::LinkNegotiation& other, const NodeIdentity& self) {
  using transport::CloseReason;
  using transport::GrpcStatus;
  if (other.node_id == self.node_id) {
    return Refusal{CloseReason::self_connection,
                   {GrpcStatus::kPermissionDenied, "self-connection rejected: same node_id"}};
  }
  if (!self.deployment.empty() && other.deployment != self.deployment) {
    return Refusal{CloseReason::deployment_mismatch,
                   {GrpcStatus::kPermissionDenied, "deployment_name mismatch"}};
  }
  return std::nullopt;
}

}  // namespace

base::Result<Accepted, NegotiationError> accept_negotiation(const wire::LinkNegotiation& request,
                                                            const NodeIdentity& self, bool strict) {
  const auto fail = [](const char* why) { return base::fail(std::string(why)); };
  if (request.is_reply) return fail("received link negotiation reply on incoming connection");
  if (!wire::semver_major(request.version)) {
    return base::fail("unparsable remote SLIM version: " + request.version);
  }
  const bool has_key = request.public_key.size() == crypto::kX25519Size;
  if (strict && !has_key) return fail("public key length is invalid");
  if (request.link_id.empty()) {
    return fail("link negotiation request rejected (empty link_id or replay)");
  }
  Accepted out;
  out.agreement = {to_link_type(request.connection_type),
                   request.link_id,
                   request.node_id,
                   request.version,
                   std::nullopt,
                   std::nullopt};
  out.reply.link_id = request.link_id;
  out.reply.version = wire::kProtocolVersion;
  out.reply.is_reply = true;
  out.reply.connection_type = request.connection_type;
  out.reply.node_id = self.node_id;
  out.reply.deployment = self.deployment;
  if (has_key) {
    const auto own = crypto::X25519KeyPair::generate();
    out.agreement.mac = derive(own, request.public_key, request.link_id);
    if (out.agreement.mac) out.reply.public_key = text(own.public_key());
    if (strict && !out.agreement.mac) {
      return fail("failed to derive header MAC from link ECDH (server path)");
    }
  }
  if (out.agreement.type == LinkType::peer) out.agreement.refusal = peer_check(request, self);
  return out;
}

DialledNegotiation::DialledNegotiation(std::string link_id, LinkType type, NodeIdentity self,
                                       bool strict)
    : link_id_(std::move(link_id)),
      type_(type),
      self_(std::move(self)),
      strict_(strict),
      key_(crypto::X25519KeyPair::generate()) {}

wire::LinkNegotiation DialledNegotiation::request() const {
  wire::LinkNegotiation out;
  out.link_id = link_id_;
  out.version = wire::kProtocolVersion;
  out.public_key = text(key_.public_key());
  out.connection_type = to_connection_type(type_);
  out.node_id = self_.node_id;
  out.deployment = self_.deployment;
  return out;
}

base::Result<Agreement, NegotiationError> DialledNegotiation::finish(
    const wire::LinkNegotiation& reply) const {
  const auto fail = [](const char* why) { return base::fail(std::string(why)); };
  if (!reply.is_reply) return fail("received link negotiation request on outgoing connection");
  if (!wire::semver_major(reply.version)) {
    return base::fail("unparsable remote SLIM version: " + reply.version);
  }
  const bool has_key = reply.public_key.size() == crypto::kX25519Size;
  if (strict_ && !has_key) return fail("public key length is invalid");
  if (reply.link_id != link_id_) {
    return fail("link negotiation reply rejected (link_id mismatch or replay)");
  }
  // The type is that of our own configuration; the reply's is an echo.
  Agreement out{type_, link_id_, reply.node_id, reply.version, std::nullopt, std::nullopt};
  if (has_key) {
    out.mac = derive(key_, reply.public_key, link_id_);
    if (!out.mac) return fail("failed to generate client exchange key");
  }
  if (type_ == LinkType::peer) out.refusal = peer_check(reply, self_);
  return out;
}

}  // namespace slim::link
