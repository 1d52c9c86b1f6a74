/// HMAC-SHA256 (RFC 2104) with the keyed states kept, for one key and many short messages.
#pragma once

#include <array>
#include <cstddef>

#include <openssl/sha.h>

#include <slim/base/bytes.hpp>

namespace slim::crypto {

inline constexpr std::size_t kSha256Size = 32;
using Sha256Digest = std::array<base::Byte, kSha256Size>;

/// The hash states behind the key's inner and outer block and behind a prefix that all messages
/// share. Copying a state is a memcpy, so a tag costs the message and one block, no allocation.
/// Thread: immutable after construction. The key does not outlive it.
class HmacSha256 {
 public:
  /// `prefix` is hashed in front of every message.
  explicit HmacSha256(base::ByteView key, base::ByteView prefix = {});
  HmacSha256(const HmacSha256&) = default;
  HmacSha256& operator=(const HmacSha256&) = default;
  ~HmacSha256();

  /// The tag of prefix ‖ first ‖ second.
  void tag(base::ByteView first, base::ByteView second, base::Byte* out) const noexcept;
  /// Compares in constant time.
  [[nodiscard]] bool verify(base::ByteView first, base::ByteView second,
                            base::ByteView tag) const noexcept;

 private:
  // The plain structure on purpose: OpenSSL 3's EVP contexts allocate and take a reference count
  // on each copy, which costs more than hashing a header does.
  SHA256_CTX inner_{};
  SHA256_CTX outer_{};
  std::size_t hashed_ = 0;  ///< bytes in `inner_`: whole blocks
  /// The end of the prefix, which does not fill a block.
  std::array<base::Byte, 64> prefix_{};
  std::size_t prefix_size_ = 0;
};

}  // namespace slim::crypto
