#include <array>
#include <cstdio>

#include <openssl/evp.h>

#include <slim/admin/source.hpp>

namespace slim::admin {

std::string short_digest(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::array<char, 13> hex{};
  for (std::size_t i = 0; i < 6; ++i) std::snprintf(&hex[2 * i], 3, "%02x", digest[i]);
  return hex.data();
}

}  // namespace slim::admin
