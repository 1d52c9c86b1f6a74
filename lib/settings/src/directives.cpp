#include <algorithm>
#include <array>
#include <string_view>

#include <slim/base/log_filter.hpp>
#include <slim/settings/configuration.hpp>

namespace slim::settings {
namespace {

constexpr std::array<std::string_view, 16> kComponents{
    "slim_datapath", "slim_service",   "slim_controller", "slim_auth",
    "slim_config",   "slim_mls",       "slim_session",    "slim_signal",
    "slim_tracing",  "_slim_bindings", "slim_testing",    "slim",
    "slim_examples", "sdk_mock",       "client",          "channel"};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    out.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return out;
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ",") + item;
  return out;
}

bool is_understood(const std::string& item) {
  const log::Filter filter = log::Filter::parse(item);
  return filter.rejected().empty();
}

bool is_bare_level(const std::string& item) {
  const std::size_t start = item.find_first_not_of(" \t");
  if (start == std::string::npos) return false;
  const std::size_t end = item.find_last_not_of(" \t");
  return log::parse_level(item.substr(start, end - start + 1)).has_value();
}

/// Targets that are not named are silent.
std::string from_environment(std::string_view rust_log) {
  const std::vector<std::string> items = split(rust_log);
  const bool has_level = std::any_of(items.begin(), items.end(), is_bare_level);
  return std::string(rust_log) + (has_level ? "" : ",off");
}

}  // namespace

std::string Tracing::directives(const char* rust_log) const {
  if (rust_log && *rust_log != '\0') return from_environment(rust_log);
  const auto level = log::parse_level(log_level);
  std::vector<std::string> wanted{kComponents.begin(), kComponents.end()};
  if (filters) wanted = *filters;
  std::vector<std::string> items;
  for (const std::string& item : wanted) {
    if (item.find('=') != std::string::npos) {
      items.push_back(item);
    } else if (level && !item.empty()) {
      items.push_back(item + '=' + std::string(log::to_string(*level)));
    }
  }
  // Items that make no sense stay in the list: whoever parses it names them.
  if (std::none_of(items.begin(), items.end(), is_understood)) {
    items.emplace_back(log::to_string(level.value_or(log::Level::info)));
  }
  return joined(items);
}

}  // namespace slim::settings
