/// `grpc-message`: text that is percent-encoded in a header.
#pragma once

#include <string>
#include <string_view>

namespace slim::transport {

/// Encodes space, percent and everything that is not printable ASCII.
[[nodiscard]] std::string encode_grpc_message(std::string_view text);
/// Leaves malformed escapes as they stand.
[[nodiscard]] std::string decode_grpc_message(std::string_view text);

}  // namespace slim::transport
