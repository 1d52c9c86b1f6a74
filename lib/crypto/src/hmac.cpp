// The low-level SHA-256 functions are deprecated in OpenSSL 3 in favour of EVP; hmac.hpp says why
// they are used here and nowhere else.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>

#include <slim/crypto/hmac.hpp>

namespace slim::crypto {
namespace {
constexpr std::size_t kBlock = 64;
}

HmacSha256::HmacSha256(base::ByteView key, base::ByteView prefix) {
  std::array<base::Byte, kBlock> padded{};
  if (key.size() > kBlock) {
    SHA256(key.data(), key.size(), padded.data());
  } else {
    std::copy(key.begin(), key.end(), padded.begin());
  }
  std::array<base::Byte, kBlock> block{};
  for (std::size_t i = 0; i < kBlock; ++i) block[i] = padded[i] ^ 0x36;
  SHA256_Init(&inner_);
  SHA256_Update(&inner_, block.data(), block.size());
  SHA256_Update(&inner_, prefix.data(), prefix.size());
  for (std::size_t i = 0; i < kBlock; ++i) block[i] = padded[i] ^ 0x5c;
  SHA256_Init(&outer_);
  SHA256_Update(&outer_, block.data(), block.size());
  OPENSSL_cleanse(padded.data(), padded.size());
  OPENSSL_cleanse(block.data(), block.size());
}

HmacSha256::~HmacSha256() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

void HmacSha256::tag(base::ByteView first, base::ByteView second, base::Byte* out) const noexcept {
  SHA256_CTX state = inner_;
  SHA256_Update(&state, first.data(), first.size());
  SHA256_Update(&state, second.data(), second.size());
  Sha256Digest digest;
  SHA256_Final(digest.data(), &state);
  state = outer_;
  SHA256_Update(&state, digest.data(), digest.size());
  SHA256_Final(out, &state);
}

bool HmacSha256::verify(base::ByteView first, base::ByteView second,
                        base::ByteView expected) const noexcept {
  Sha256Digest actual;
  tag(first, second, actual.data());
  return expected.size() == actual.size() &&
         CRYPTO_memcmp(actual.data(), expected.data(), actual.size()) == 0;
}

}  // namespace slim::crypto
