/// X25519 key agreement (RFC 7748).
#pragma once

#include <array>
#include <memory>
#include <optional>

#include <openssl/evp.h>

#include <slim/base/bytes.hpp>
#include <slim/crypto/secret.hpp>

namespace slim::crypto {

inline constexpr std::size_t kX25519Size = 32;
using X25519Public = std::array<base::Byte, kX25519Size>;

/// An ephemeral key pair. Thread: one at a time. Throws CryptoError only if the library fails.
class X25519KeyPair {
 public:
  [[nodiscard]] static X25519KeyPair generate();
  /// For test vectors.
  [[nodiscard]] static X25519KeyPair from_private(base::ByteView key);

  [[nodiscard]] const X25519Public& public_key() const noexcept { return public_; }
  /// The shared secret, or nullopt when the peer's key has a wrong length or low order (the result
  /// would be all zero).
  [[nodiscard]] std::optional<Secret> agree(base::ByteView peer) const;

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Free>;
  explicit X25519KeyPair(Key key);

  Key key_;
  X25519Public public_{};
};

}  // namespace slim::crypto
