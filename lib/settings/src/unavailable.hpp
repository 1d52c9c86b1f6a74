/// Features that files may ask for and that this version of slimd does not have. What would change
/// security or reachability is an error, the rest a notice.
#pragma once

#include <string_view>

#include "section.hpp"

namespace slim::settings {

[[noreturn]] void refuse_unavailable(const Value& value, std::string_view feature);
void note_unavailable(const Value& value, std::string_view feature);

/// `auth` of a server or client entry: every method but none is refused by name.
void refuse_auth(Section& entry);
/// `proxy` of a client entry: refused with a URL, otherwise checked for its form.
void refuse_proxy(Section& entry);
/// `ws://` and `wss://`.
void refuse_websocket(const Value& endpoint);

}  // namespace slim::settings
