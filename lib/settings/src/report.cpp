#include "report.hpp"

#include <algorithm>

namespace slim::settings {
namespace {

// Room for a long path and what is allowed; more would hide the point.
constexpr std::size_t kMaxMessage = 1000;

std::string message(const std::string& file, const Place& place, const std::string& text) {
  std::string out = file;
  if (place.line > 0) out += ':' + std::to_string(place.line);
  out += ": ";
  if (!place.key.empty()) out += place.key + ": ";
  return printable(out + text, kMaxMessage);
}

}  // namespace

ConfigError::ConfigError(const std::string& file, const Place& place, const std::string& text)
    : std::runtime_error(message(file, place, text)), place_(place) {}

std::string join(std::string_view path, std::string_view key) {
  std::string out(path);
  if (!out.empty()) out += '.';
  return out + printable(key);
}

std::string at_index(std::string_view path, std::size_t index) {
  return std::string(path) + '[' + std::to_string(index) + ']';
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::size_t end = std::min(text.size(), max_bytes);
  // Not within a character.
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return end < text.size() ? out + "..." : out;
}

std::string list_of(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

}  // namespace slim::settings
