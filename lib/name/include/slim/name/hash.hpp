/// The hash functions by which names are carried (docs/protocol/forwarding.md 1.2 and 1.3).
#pragma once

#include <cstdint>
#include <string_view>

#include <slim/name/instance_id.hpp>

namespace slim::name {

/// XXH64, seed 0, of the text and one byte FF: generations 0.4 and later.
[[nodiscard]] std::uint64_t hash_component(std::string_view text);
/// SipHash-1-3, key 0, of the text and one byte FF: generation 0.3.
[[nodiscard]] std::uint64_t hash_component_v03(std::string_view text);
/// The instance id that generation D derives from an identity: XXH3-128 of the text, kept out of
/// the reserved range at the top.
[[nodiscard]] InstanceId derive_instance_id(std::string_view identity);

}  // namespace slim::name
