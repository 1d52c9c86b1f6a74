/// Views of bytes and the two casts between bytes and text that the language wants spelled out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace slim::base {

using Byte = std::uint8_t;
using ByteView = std::span<const Byte>;
using MutableBytes = std::span<Byte>;

/// The text's bytes. Lifetime: that of the text.
[[nodiscard]] inline ByteView as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}

/// The bytes as text, not checked for UTF-8. Lifetime: that of the bytes.
[[nodiscard]] inline std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string to_hex(ByteView bytes);

}  // namespace slim::base
