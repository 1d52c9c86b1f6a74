#include <openssl/err.h>

#include <slim/crypto/x25519.hpp>

namespace slim::crypto {

X25519KeyPair::X25519KeyPair(Key key) : key_(std::move(key)) {
  std::size_t size = public_.size();
  if (!key_ || EVP_PKEY_get_raw_public_key(key_.get(), public_.data(), &size) != 1 ||
      size != public_.size()) {
    throw CryptoError("X25519 key could not be made");
  }
}

X25519KeyPair X25519KeyPair::generate() {
  return X25519KeyPair(Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")));
}

X25519KeyPair X25519KeyPair::from_private(base::ByteView key) {
  return X25519KeyPair(
      Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, key.data(), key.size())));
}

std::optional<Secret> X25519KeyPair::agree(base::ByteView peer) const {
  if (peer.size() != kX25519Size) return std::nullopt;
  const Key other(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, peer.data(), peer.size()));
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
      EVP_PKEY_CTX_new(key_.get(), nullptr), EVP_PKEY_CTX_free);
  Secret out(kX25519Size);
  std::size_t size = out.size();
  if (!other || !context || EVP_PKEY_derive_init(context.get()) <= 0 ||
      EVP_PKEY_derive_set_peer(context.get(), other.get()) <= 0 ||
      EVP_PKEY_derive(context.get(), out.data(), &size) <= 0 || size != kX25519Size) {
    // OpenSSL refuses an all-zero result itself; the queue of its reasons is of no use to us.
    ERR_clear_error();
    return std::nullopt;
  }
  return out;
}

}  // namespace slim::crypto
