/// The methods of authentication that some release knew (docs/protocol/config.md 8.3).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace slim::settings {

inline constexpr std::array<std::string_view, 7> kAuthMethods{
    "none", "basic", "bearer", "static_jwt", "jwt", "oidc", "spire"};

[[nodiscard]] inline bool is_auth_method(std::string_view word) {
  return std::find(kAuthMethods.begin(), kAuthMethods.end(), word) != kAuthMethods.end();
}

}  // namespace slim::settings
