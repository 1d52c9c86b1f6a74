/// The message that the micro-benchmarks work on: what a published client sends, of each
/// generation.
#pragma once

#include <stdexcept>
#include <string>

#include <slim/base/bytes.hpp>
#include <slim/crypto/hmac.hpp>
#include <slim/wire/message.hpp>

#include "../load/slim_messages.hpp"

namespace slim::bench {

inline constexpr std::size_t kIdentityBytes = 250;
inline constexpr std::string_view kLinkId = "6f1c2b9e-0000-4000-8000-0123456789ab";

[[nodiscard]] inline const crypto::HmacSha256& sample_mac() {
  static const std::string key(32, 'k');
  static const crypto::HmacSha256 mac(base::as_bytes(key), base::as_bytes(kLinkId));
  return mac;
}

/// A publish with a payload of so many bytes and its decoded view.
struct Sample {
  std::string bytes;
  wire::MessageView view;

  explicit Sample(wire::Dialect dialect, std::size_t payload = 64) {
    const std::uint64_t high = dialect == wire::Dialect::d ? 1 : 0;
    const auto source = name::make_name("org", "bench", "source", {high, 7});
    const auto sink = name::make_name("org", "bench", "sink", {high, 8});
    const std::string identity(kIdentityBytes, 'i');
    const SlimMessages messages(dialect, dialect == wire::Dialect::d ? &sample_mac() : nullptr);
    bytes = messages.publish({source, sink, identity}, std::string(payload, 'x'));
    if (wire::decode(wire::generation_of(dialect), message(), view) != wire::DecodeError::none)
      throw std::logic_error("the sample does not decode");
  }
  [[nodiscard]] base::ByteView message() const noexcept { return base::as_bytes(bytes); }
};

}  // namespace slim::bench
