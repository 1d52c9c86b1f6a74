#include <array>
#include <charconv>
#include <cstdio>

#include <slim/name/instance_id.hpp>

namespace slim::name {
namespace {
constexpr std::string_view kWildcardText = "NULL_COMPONENT";
}

std::string to_string(const InstanceId& id) {
  if (id.is_wildcard()) return std::string(kWildcardText);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-%04x-%04x-%012llx",
                static_cast<unsigned>(id.high >> 32), static_cast<unsigned>(id.high >> 16 & 0xffff),
                static_cast<unsigned>(id.high & 0xffff), static_cast<unsigned>(id.low >> 48),
                static_cast<unsigned long long>(id.low & 0xffffffffffffULL));
  return text.data();
}

std::optional<InstanceId> parse_instance_id(std::string_view text) {
  if (text == kWildcardText) return InstanceId::wildcard();
  if (text.size() != 36) return std::nullopt;
  std::array<std::uint64_t, 2> half{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash_here = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash_here) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    unsigned value = 0;
    const auto [end, error] = std::from_chars(&text[i], &text[i] + 1, value, 16);
    if (error != std::errc{} || end != &text[i] + 1) return std::nullopt;
    half[digits / 16] = half[digits / 16] << 4 | value;
    ++digits;
  }
  return InstanceId{half[0], half[1]};
}

}  // namespace slim::name
