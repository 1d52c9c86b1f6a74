#include <memory>

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <slim/crypto/hkdf.hpp>

namespace slim::crypto {

Secret hkdf_sha256(base::ByteView input_key, base::ByteView salt, base::ByteView info,
                   std::size_t size) {
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
      EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr), EVP_PKEY_CTX_free);
  Secret out(size);
  std::size_t length = size;
  const auto int_size = [](base::ByteView v) { return static_cast<int>(v.size()); };
  if (!context || EVP_PKEY_derive_init(context.get()) <= 0 ||
      EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha256()) <= 0 ||
      EVP_PKEY_CTX_set1_hkdf_salt(context.get(), salt.data(), int_size(salt)) <= 0 ||
      EVP_PKEY_CTX_set1_hkdf_key(context.get(), input_key.data(), int_size(input_key)) <= 0 ||
      EVP_PKEY_CTX_add1_hkdf_info(context.get(), info.data(), int_size(info)) <= 0 ||
      EVP_PKEY_derive(context.get(), out.data(), &length) <= 0 || length != size) {
    throw CryptoError("HKDF-SHA256 failed");
  }
  return out;
}

}  // namespace slim::crypto
