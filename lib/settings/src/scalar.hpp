/// The forms of single values (docs/protocol/config.md 2.1 and 3.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <slim/base/clock.hpp>
#include <slim/base/result.hpp>

namespace slim::settings {

/// `true` and `false`, small, capital or with a capital first letter; nothing else is a boolean.
[[nodiscard]] std::optional<bool> parse_boolean(std::string_view text) noexcept;

/// Decimal or `0x…`; no sign, no leading zeros, nothing behind it.
[[nodiscard]] std::optional<std::uint64_t> parse_whole_number(std::string_view text) noexcept;

[[nodiscard]] bool is_digits(std::string_view text) noexcept;
/// What YAML takes for something else than text when it stands without quotes.
[[nodiscard]] bool looks_like_number_or_boolean(std::string_view text) noexcept;

/// 100y. No setting is longer: a point in time stays countable in nanoseconds.
inline constexpr base::Duration kLongestDuration = std::chrono::seconds(31'556'926) * 100;

/// Groups of digits and unit, summed: `1h30m`, `5m 30s`. The error says what is wrong with the text
/// without repeating it.
[[nodiscard]] base::Result<base::Duration, std::string> parse_duration(std::string_view text);
/// In the largest unit that divides it: `90s`, `1h`.
[[nodiscard]] std::string to_text(base::Duration duration);

/// Plain bytes, or with `B`, `KiB`, `MiB`, `GiB`.
[[nodiscard]] std::optional<std::uint64_t> parse_bytes(std::string_view text);

}  // namespace slim::settings
