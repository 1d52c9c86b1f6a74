#include "upstream.hpp"

#include <slim/wire/control.hpp>
#include <slim/wire/rewrite.hpp>

namespace slim::forward {

std::string Upstream::restated(const wire::MessageView& view, base::ByteView bytes,
                               std::uint64_t subscription_id, std::uint64_t incoming_conn) {
  return wire::restate_subscription(view, bytes, subscription_id,
                                    {view.header.ttl, incoming_conn, nullptr});
}

void Upstream::sent(LinkRef link, const wire::MessageView& view, base::ByteView bytes,
                    std::uint64_t incoming_conn) {
  const Key key{wire::encode_name(wire::to_name(view.header.source, bytes)),
                wire::encode_name(wire::to_name(view.header.destination, bytes)),
                view.subscription_id};
  if (view.kind == wire::Kind::unsubscribe) {
    links_[link].erase(key);
  } else {
    links_[link][key] = restated(view, bytes, 0, incoming_conn);
  }
}

}  // namespace slim::forward
