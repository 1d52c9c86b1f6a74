/// Why a message went no further (docs/protocol/operations.md 6.5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace slim::forward {

enum class DropReason : std::uint8_t {
  no_route,           ///< no matching subscription and no default gateway
  other_generation,   ///< only links of another wire generation subscribed the name
  untranslatable,     ///< for links that translate, but it has no form in what they speak
  gateway_ambiguous,  ///< several Edge links, so none is the default gateway
  only_source,        ///< the only match is the link it came from
  split_horizon,      ///< came from a peer, and only peers match
  ttl_expired,        ///< hop limit reached 0
  invalid,            ///< a required part is missing
  too_large,          ///< above the message limit once its header was rewritten
  mac,                ///< header MAC missing or wrong
  connection_gone,    ///< the target ended or is being dialled again
  other,
};
inline constexpr std::size_t kDropReasons = static_cast<std::size_t>(DropReason::other) + 1;

/// The label of slim_messages_dropped_total.
[[nodiscard]] std::string_view to_string(DropReason reason) noexcept;

}  // namespace slim::forward
