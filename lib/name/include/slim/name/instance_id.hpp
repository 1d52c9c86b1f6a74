/// The fourth part of a name: which instance of a service (docs/protocol/forwarding.md 1.3).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slim::name {

/// 128 bits; generations before D have 64, zero-extended here. All bits set is the wildcard, which
/// means any instance. 0 is an ordinary id. Thread: immutable value.
struct InstanceId {
  std::uint64_t high = ~std::uint64_t{0};
  std::uint64_t low = ~std::uint64_t{0};

  [[nodiscard]] static constexpr InstanceId wildcard() noexcept { return {}; }
  [[nodiscard]] constexpr bool is_wildcard() const noexcept {
    return high == ~std::uint64_t{0} && low == ~std::uint64_t{0};
  }
  friend constexpr auto operator<=>(const InstanceId&, const InstanceId&) = default;
};

/// A lower-case hyphenated UUID, or `NULL_COMPONENT` for the wildcard.
[[nodiscard]] std::string to_string(const InstanceId& id);
/// The inverse; nullopt for anything else.
[[nodiscard]] std::optional<InstanceId> parse_instance_id(std::string_view text);

}  // namespace slim::name
