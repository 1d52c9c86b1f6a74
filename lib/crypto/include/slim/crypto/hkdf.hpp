/// HKDF-SHA256 (RFC 5869).
#pragma once

#include <slim/base/bytes.hpp>
#include <slim/crypto/secret.hpp>

namespace slim::crypto {

/// Extract and expand into `size` bytes (at most 255 · 32). Throws CryptoError only if the
/// library itself fails.
[[nodiscard]] Secret hkdf_sha256(base::ByteView input_key, base::ByteView salt, base::ByteView info,
                                 std::size_t size);

}  // namespace slim::crypto
