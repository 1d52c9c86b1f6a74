/// Bytes written as hexadecimal in tests.
#pragma once

#include <string>
#include <string_view>

#include <slim/base/bytes.hpp>

namespace slim::test {

/// Precondition: an even number of hexadecimal digits.
[[nodiscard]] inline std::string unhex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  }
  return out;
}

[[nodiscard]] inline std::string hex(std::string_view bytes) {
  return base::to_hex(base::as_bytes(bytes));
}

}  // namespace slim::test
