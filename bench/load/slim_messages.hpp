/// The messages that an application sends, in each generation's encoding, with their header MAC.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <slim/crypto/hmac.hpp>
#include <slim/name/name.hpp>
#include <slim/wire/generation.hpp>

namespace slim::bench {

/// Names are those of the generation: ids of B and C have 64 bits.
struct Envelope {
  const name::Name& source;
  const name::Name& destination;
  std::string_view identity;
  std::uint32_t fanout = 1;
};

/// Where anycast and multicast are told apart.
[[nodiscard]] std::uint32_t multicast_fanout(wire::Dialect dialect) noexcept;

/// Thread: one. `mac` is D's, null for none, and must outlive this.
class SlimMessages {
 public:
  SlimMessages(wire::Dialect dialect, const crypto::HmacSha256* mac)
      : dialect_(dialect), mac_(mac) {}

  /// The payload ends the message.
  [[nodiscard]] std::string publish(const Envelope& envelope, std::string_view payload) const;
  /// With an id it is acknowledged, but not in B.
  [[nodiscard]] std::string subscribe(const Envelope& envelope, std::uint64_t id) const;

 private:
  [[nodiscard]] std::string header(const Envelope& envelope) const;
  [[nodiscard]] std::string finish_d(std::uint32_t member, const std::string& header,
                                     const std::string& rest) const;

  wire::Dialect dialect_;
  const crypto::HmacSha256* mac_;
};

}  // namespace slim::bench
