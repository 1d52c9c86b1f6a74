/// Link negotiation of generation D: the rules, without stream or timer (docs/protocol/wire.md 5).
#pragma once

#include <optional>
#include <string>

#include <slim/base/result.hpp>
#include <slim/crypto/hmac.hpp>
#include <slim/crypto/x25519.hpp>
#include <slim/forward/link_ref.hpp>
#include <slim/link/options.hpp>
#include <slim/transport/stream.hpp>
#include <slim/wire/link_negotiation.hpp>

namespace slim::link {

/// A refusal that the peer is told of, after a reply that looks like success.
struct Refusal {
  transport::CloseReason reason;
  transport::GrpcStatus status;
};

/// What both ends agreed on.
struct Agreement {
  forward::LinkType type = forward::LinkType::edge;
  std::string link_id;
  std::string peer_node_id;
  std::string peer_version;
  /// Signs and verifies headers; without it there is no key.
  std::optional<crypto::HmacSha256> mac;
  std::optional<Refusal> refusal;
};

/// Why a negotiation failed: the public node's texts, for the log.
using NegotiationError = std::string;

struct Accepted {
  Agreement agreement;
  wire::LinkNegotiation reply;
};
[[nodiscard]] base::Result<Accepted, NegotiationError> accept_negotiation(
    const wire::LinkNegotiation& request, const NodeIdentity& self, bool strict);

/// One dialled stream's side. Keys are made anew for every stream.
class DialledNegotiation {
 public:
  DialledNegotiation(std::string link_id, forward::LinkType type, NodeIdentity self, bool strict);

  [[nodiscard]] wire::LinkNegotiation request() const;
  [[nodiscard]] base::Result<Agreement, NegotiationError> finish(
      const wire::LinkNegotiation& reply) const;

 private:
  std::string link_id_;
  forward::LinkType type_;
  NodeIdentity self_;
  bool strict_;
  crypto::X25519KeyPair key_;
};

}  // namespace slim::link
