/// Reading a small text file.
#pragma once

#include <cstddef>
#include <string>

#include <slim/base/result.hpp>

namespace slim::settings {

/// For the configuration itself and for what ${file:} names.
inline constexpr std::size_t kMaxFileBytes = 4 * 1024 * 1024;

/// The whole of a regular file of UTF-8 text; the error says why not, for people. A pipe is refused
/// rather than waited for.
[[nodiscard]] base::Result<std::string, std::string> read_text_file(const std::string& path);

}  // namespace slim::settings
