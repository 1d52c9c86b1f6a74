/// What a Subscribe or Unsubscribe means, and how it is refused.
#pragma once

#include <string>

#include <slim/forward/subscription_table.hpp>
#include <slim/wire/message.hpp>

namespace slim::forward {

/// The name of a Subscribe or Unsubscribe. Nodes of generations A and B take the readable name,
/// where there is one, and hash it again (docs/protocol/wire.md 11 and 12).
[[nodiscard]] name::Name subscribed_name(const wire::MessageView& view, base::ByteView bytes);

/// For people, on both sides of a link.
[[nodiscard]] std::string refusal(RemoveError error, const name::Name& name,
                                  std::uint64_t subscription_id);
[[nodiscard]] std::string refusal(AddError error);

}  // namespace slim::forward
