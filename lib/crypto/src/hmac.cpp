// The low-level SHA-256 functions are deprecated in OpenSSL 3 in favour of EVP; hmac.hpp says why
// they are used here and nowhere else.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <algorithm>
#include <bit>
#include <cstring>

#include <openssl/crypto.h>

#include <slim/crypto/hmac.hpp>

namespace slim::crypto {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kLength = 8;  // of the length that ends the padding
/// Messages up to this size, prefix included, are hashed in one call.
constexpr std::size_t kShort = 2048;

/// FIPS 180-4, 5.1.1: pads what stands in `out`, `size` bytes behind `before` bytes that were
/// hashed already. Returns the padded size, whole blocks.
std::size_t pad(base::Byte* out, std::size_t size, std::size_t before) noexcept {
  const std::size_t padded = (size + 1 + kLength + kBlock - 1) / kBlock * kBlock;
  out[size] = 0x80;
  std::memset(out + size + 1, 0, padded - size - 1 - kLength);
  std::uint64_t bits = std::uint64_t{before + size} * 8;
  if constexpr (std::endian::native == std::endian::little) bits = __builtin_bswap64(bits);
  std::memcpy(out + padded - kLength, &bits, kLength);
  return padded;
}

/// The digest, once padding has been hashed too.
void put_digest(const SHA256_CTX& state, base::Byte* out) noexcept {
  for (std::uint32_t word : state.h) {
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap32(word);
    std::memcpy(out, &word, sizeof word);
    out += sizeof word;
  }
}

}  // namespace

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
  const std::size_t whole = prefix.size() / kBlock * kBlock;
  SHA256_Update(&inner_, prefix.data(), whole);
  hashed_ = kBlock + whole;
  prefix_size_ = prefix.size() - whole;
  std::copy(prefix.begin() + static_cast<std::ptrdiff_t>(whole), prefix.end(), prefix_.begin());
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
  std::array<base::Byte, kShort + 2 * kBlock> message;
  const std::size_t size = prefix_size_ + first.size() + second.size();
  if (size <= kShort) {
    // Whole blocks go through without being gathered, and there is nothing left to finish.
    base::Byte* at = std::copy_n(prefix_.data(), prefix_size_, message.data());
    at = std::copy(first.begin(), first.end(), at);
    std::copy(second.begin(), second.end(), at);
    SHA256_Update(&state, message.data(), pad(message.data(), size, hashed_));
    put_digest(state, message.data());
  } else {
    SHA256_Update(&state, prefix_.data(), prefix_size_);
    SHA256_Update(&state, first.data(), first.size());
    SHA256_Update(&state, second.data(), second.size());
    SHA256_Final(message.data(), &state);
  }
  state = outer_;
  SHA256_Update(&state, message.data(), pad(message.data(), kSha256Size, kBlock));
  put_digest(state, out);
}

bool HmacSha256::verify(base::ByteView first, base::ByteView second,
                        base::ByteView expected) const noexcept {
  Sha256Digest actual;
  tag(first, second, actual.data());
  if (expected.size() != actual.size()) return false;
  // In constant time, word by word: OpenSSL's comparison goes byte by byte.
  std::array<std::uint64_t, kSha256Size / sizeof(std::uint64_t)> a;
  std::array<std::uint64_t, kSha256Size / sizeof(std::uint64_t)> b;
  std::memcpy(a.data(), actual.data(), actual.size());
  std::memcpy(b.data(), expected.data(), expected.size());
  std::uint64_t different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) different |= a[i] ^ b[i];
  return different == 0;
}

}  // namespace slim::crypto
