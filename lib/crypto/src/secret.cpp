#include <openssl/crypto.h>

#include <slim/crypto/secret.hpp>

namespace slim::crypto {

Secret::~Secret() {
  if (!bytes_.empty()) OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

}  // namespace slim::crypto
