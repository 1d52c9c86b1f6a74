/// What a link is configured with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <slim/base/clock.hpp>

namespace slim::link {

/// What this node says of itself in link negotiation.
struct NodeIdentity {
  std::string node_id;
  std::string deployment;  ///< `domain_name`; empty accepts peers of any
};

struct LinkOptions {
  /// Demand a header MAC (docs/protocol/wire.md 6).
  bool require_header_mac = true;
  /// Serve generation D alone: a stream that does not begin with its negotiation in time ends.
  bool newest_only = false;
  /// Translate messages between this link and such links of other generations
  /// (docs/translation.md).
  bool translate = false;
  /// From the opened stream to the end of the negotiation, where generation D is certain.
  base::Duration negotiation_timeout = std::chrono::seconds(5);
  /// The outgoing queue, in bytes. Publishers wait from three quarters of it on, until it is down
  /// to half; one message for each of them may go over.
  std::size_t queue_bytes = 8 * 1024 * 1024;
  /// How long a full queue may hold a multicast before its receiver is cut.
  base::Duration multicast_stall = std::chrono::milliseconds(10);
  /// A receiver that holds an anycast must have taken something within this time.
  base::Duration anycast_stall = std::chrono::seconds(10);
};

/// Waiting times between attempts to connect (docs/protocol/config.md 7.3).
struct Backoff {
  enum class Kind : std::uint8_t { fixed, exponential };
  Kind kind = Kind::fixed;
  /// fixed: the time itself.
  base::Duration interval = std::chrono::seconds(2);
  /// exponential: the n-th time is base to the power of n, times factor, in milliseconds.
  std::uint64_t base = 100;
  std::uint64_t factor = 1;
  base::Duration max_delay = std::chrono::seconds(1);
  /// exponential: times a random number from [0, 1).
  bool jitter = false;
  /// Attempts after the first; nullopt for no end.
  std::optional<std::uint64_t> max_attempts;
  /// The default that is used without a `backoff` key spreads by a fifth either way, so that a
  /// restarted node is not met by everybody at once.
  double spread = 0.2;

  /// The time before attempt n (from 1), given a random number from [0, 1).
  [[nodiscard]] base::Duration delay(std::uint64_t n, double random) const;
};

}  // namespace slim::link
