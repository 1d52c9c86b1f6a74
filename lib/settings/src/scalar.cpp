#include "scalar.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <utility>

namespace slim::settings {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;

// In nanoseconds. A year is 365.2422 days.
constexpr std::array<Unit, 9> kDurationUnits{{{"ns", 1},
                                              {"us", 1'000},
                                              {"ms", 1'000'000},
                                              {"s", 1'000'000'000},
                                              {"m", 60'000'000'000},
                                              {"h", 3'600'000'000'000},
                                              {"d", 86'400'000'000'000},
                                              {"w", 604'800'000'000'000},
                                              {"y", 31'556'926'000'000'000}}};
constexpr std::array<Unit, 4> kByteUnits{
    {{"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}}};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_space(char c) noexcept { return std::isspace(static_cast<unsigned char>(c)) != 0; }

std::string without_spaces(std::string_view text) {
  std::string out(text);
  std::erase_if(out, is_space);
  return out;
}

template <std::size_t N>
const Unit* find_unit(const std::array<Unit, N>& units, std::string_view name) {
  const auto* found =
      std::find_if(units.begin(), units.end(), [name](const Unit& u) { return u.first == name; });
  return found == units.end() ? nullptr : found;
}

/// Takes the characters from the front for which `belongs` holds.
template <class Predicate>
std::string_view take_while(std::string_view& text, Predicate belongs) {
  const auto* const end = std::find_if_not(text.begin(), text.end(), belongs);
  const std::string_view out = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(out.size());
  return out;
}

std::optional<std::uint64_t> parse_digits(std::string_view text, int base = 10) noexcept {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// a * b, or nullopt above `limit`.
std::optional<std::uint64_t> multiply(std::uint64_t a, std::uint64_t b, std::uint64_t limit) {
  if (a > limit / b) return std::nullopt;
  return a * b;
}

}  // namespace

std::optional<bool> parse_boolean(std::string_view text) noexcept {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

std::optional<std::uint64_t> parse_whole_number(std::string_view text) noexcept {
  if (text.substr(0, 2) == "0x") return parse_digits(text.substr(2), 16);
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return parse_digits(text);
}

bool is_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool looks_like_number_or_boolean(std::string_view text) noexcept {
  if (parse_boolean(text) || parse_whole_number(text)) return true;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  double ignored = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ignored);
  return error == std::errc{} && end == text.data() + text.size() && is_digit(text.front());
}

base::Result<base::Duration, std::string> parse_duration(std::string_view text) {
  const std::string compact = without_spaces(text);
  std::string_view rest = compact;
  if (rest.empty()) return base::fail(std::string("an empty duration"));
  constexpr auto kMax = static_cast<std::uint64_t>(kLongestDuration.count());
  std::uint64_t sum = 0;
  while (!rest.empty()) {
    const std::string_view digits = take_while(rest, is_digit);
    if (digits.empty()) return base::fail(std::string("a unit without a number before it"));
    const std::string_view name = take_while(rest, [](char c) { return !is_digit(c); });
    if (name.empty()) return base::fail(std::string("a number without a unit"));
    const Unit* unit = find_unit(kDurationUnits, name);
    if (!unit) return base::fail(std::string("a number with an unknown unit"));
    const auto number = parse_digits(digits);
    const auto group = number ? multiply(*number, unit->second, kMax) : std::nullopt;
    if (!group || *group > kMax - sum) return base::fail(std::string("more than 100 years"));
    sum += *group;
  }
  return base::Duration(static_cast<base::Duration::rep>(sum));
}

std::string to_text(base::Duration duration) {
  const auto count = static_cast<std::uint64_t>(duration.count());
  if (count == 0) return "0s";
  const auto unit = std::find_if(kDurationUnits.rbegin(), kDurationUnits.rend(),
                                 [count](const Unit& u) { return count % u.second == 0; });
  return std::to_string(count / unit->second) + std::string(unit->first);
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  const std::string compact = without_spaces(text);
  std::string_view rest = compact;
  const auto number = parse_whole_number(take_while(rest, is_digit));
  if (!number) return std::nullopt;
  const Unit* unit = rest.empty() ? &kByteUnits.front() : find_unit(kByteUnits, rest);
  if (!unit) return std::nullopt;
  return multiply(*number, unit->second, std::numeric_limits<std::uint64_t>::max());
}

}  // namespace slim::settings
