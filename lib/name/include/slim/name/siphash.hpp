/// SipHash-1-3: the keyed hash of tables whose keys a peer chooses, and of generation 0.3's names.
#pragma once

#include <cstdint>

#include <slim/base/bytes.hpp>

namespace slim::name {

struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

/// Aumasson and Bernstein's SipHash with one compression and three finalisation rounds.
[[nodiscard]] std::uint64_t siphash13(SipKey key, base::ByteView data) noexcept;

}  // namespace slim::name
