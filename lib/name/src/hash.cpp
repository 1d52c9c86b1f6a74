#include <string>

#include <slim/name/hash.hpp>

#define XXH_INLINE_ALL
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <xxhash.h>
#pragma GCC diagnostic pop

#include <slim/name/siphash.hpp>

namespace slim::name {
namespace {

/// The text and the byte FF that ends a hashed string in the public implementation's language.
std::string terminated(std::string_view text) {
  std::string out(text);
  out.push_back(static_cast<char>(0xff));
  return out;
}

}  // namespace

std::uint64_t hash_component(std::string_view text) {
  const std::string input = terminated(text);
  return XXH64(input.data(), input.size(), 0);
}

std::uint64_t hash_component_v03(std::string_view text) {
  return siphash13({}, base::as_bytes(terminated(text)));
}

InstanceId derive_instance_id(std::string_view identity) {
  const XXH128_hash_t hash = XXH3_128bits(identity.data(), identity.size());
  InstanceId id{hash.high64, hash.low64};
  // The 51 highest ids are reserved; the remainder modulo 2^128-1-50 is a subtraction.
  constexpr std::uint64_t kFirstReserved = ~std::uint64_t{0} - 50;
  if (id.high == ~std::uint64_t{0} && id.low >= kFirstReserved) {
    id = {0, id.low - kFirstReserved};
  }
  return id;
}

}  // namespace slim::name
