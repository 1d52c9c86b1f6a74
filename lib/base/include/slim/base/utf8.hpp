/// UTF-8 well-formedness (RFC 3629), which proto3 demands of every `string` field.
#pragma once

#include <slim/base/bytes.hpp>

namespace slim::base {

/// False for overlong forms, surrogates, values above U+10FFFF and cut sequences.
[[nodiscard]] bool is_utf8(ByteView text) noexcept;

}  // namespace slim::base
