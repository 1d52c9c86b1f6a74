#include <algorithm>
#include <array>
#include <cctype>

#include <slim/base/log_filter.hpp>

namespace slim::log {
namespace {

constexpr std::array<std::string_view, 6> kNames{"trace", "debug", "info", "warn", "error", "off"};

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  return text;
}

/// Module paths: letters, digits, `_`, `:`, `-`. Span and field selectors are not supported.
bool is_target(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == ':' || c == '-';
  });
}

}  // namespace

std::optional<Level> parse_level(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* found = std::find(kNames.begin(), kNames.end(), lower);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Level>(found - kNames.begin());
}

std::string_view to_string(Level level) noexcept { return kNames[static_cast<std::size_t>(level)]; }

Filter Filter::parse(std::string_view directives) {
  Filter filter;
  while (!directives.empty()) {
    const std::size_t comma = directives.find(',');
    const std::string_view item = trim(directives.substr(0, comma));
    directives.remove_prefix(comma == std::string_view::npos ? directives.size() : comma + 1);
    if (item.empty()) continue;
    const std::size_t equals = item.find('=');
    const std::string_view target = trim(item.substr(0, equals));
    if (equals == std::string_view::npos) {
      if (const auto level = parse_level(target)) {
        filter.directives_.push_back({"", *level});
      } else if (is_target(target)) {
        filter.directives_.push_back({std::string(target), Level::trace});
      } else {
        filter.rejected_.emplace_back(item);
      }
      continue;
    }
    const auto level = parse_level(trim(item.substr(equals + 1)));
    if (level && is_target(target)) {
      filter.directives_.push_back({std::string(target), *level});
    } else {
      filter.rejected_.emplace_back(item);
    }
  }
  return filter;
}

Level Filter::level_for(std::string_view target) const noexcept {
  const Directive* best = nullptr;
  for (const Directive& d : directives_) {
    if (target.substr(0, d.prefix.size()) != d.prefix) continue;
    // Of equal prefixes the later one counts.
    if (!best || d.prefix.size() >= best->prefix.size()) best = &d;
  }
  return best ? best->level : Level::off;
}

}  // namespace slim::log
