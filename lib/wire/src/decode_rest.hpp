/// Reading what is behind a header that is known already.
#pragma once

#include <slim/wire/message.hpp>

namespace slim::wire {

/// Checks a publish from the end of its header to the end of the message, as decode() would, and
/// notes whether there is a session header. Precondition: everything else in `view` holds.
[[nodiscard]] DecodeError decode_rest(ByteView message, MessageView& view) noexcept;

}  // namespace slim::wire
