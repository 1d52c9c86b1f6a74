/// The seam between forwarding and links: where a message goes once its targets are chosen. Tests
/// put a recorder here.
#pragma once

#include <span>

#include <slim/base/shared_bytes.hpp>
#include <slim/forward/link_table.hpp>
#include <slim/wire/message.hpp>

namespace slim::forward {

/// A message on its way out. Lifetime: the call that it is passed to.
struct Departure {
  const wire::MessageView& view;
  /// As received. Once targets are chosen nothing is read of them but what is in front of the tail.
  base::ByteView bytes;
  /// What `view.tail` says, not always behind the rest of `bytes`.
  base::ByteView tail;
  /// Holds `bytes` and `tail`, perhaps among others; empty when they are gone after the call.
  const base::SharedBytes& owner;
  std::uint32_t ttl = 0;
  std::uint64_t incoming_conn = 0;
  LinkType from = LinkType::edge;
  /// The same number says: the same link sent the same header before, so that what was worked out
  /// from it still holds. 0 says nothing.
  std::uint64_t flow = 0;
};

/// Thread: one per worker, called by it.
class Egress {
 public:
  Egress() = default;
  Egress(const Egress&) = delete;
  Egress& operator=(const Egress&) = delete;
  virtual ~Egress() = default;

  /// Whether a target can take a message now.
  [[nodiscard]] virtual Readiness readiness(LinkRef target) = 0;
  /// Appends to each target's outgoing queue, on whichever worker it lives. Targets that ended
  /// meanwhile are counted as drops. Each target occurs once.
  virtual void send(std::span<const LinkRef> targets, const Departure& message) = 0;
};

}  // namespace slim::forward
