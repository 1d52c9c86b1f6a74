/// Subscriptions that local applications sent on over a link of ours, so that they can be repeated
/// after a reconnect (docs/protocol/forwarding.md 8, 9.2 and 12).
#pragma once

#include <map>
#include <string>
#include <tuple>

#include <slim/forward/link_ref.hpp>
#include <slim/wire/message.hpp>

namespace slim::forward {

/// Thread: under the router's mutex.
class Upstream {
 public:
  /// The message as it is sent: the application's, without its instructions to this node.
  [[nodiscard]] static std::string restated(const wire::MessageView& view, base::ByteView bytes,
                                            std::uint64_t subscription_id,
                                            std::uint64_t incoming_conn);

  /// A Subscribe is kept for replay, an Unsubscribe ends that.
  void sent(LinkRef link, const wire::MessageView& view, base::ByteView bytes,
            std::uint64_t incoming_conn);
  void forget(LinkRef link) { links_.erase(link); }

  template <class Visit>
  void replay(LinkRef link, Visit&& visit) const {
    const auto found = links_.find(link);
    if (found == links_.end()) return;
    for (const auto& [key, message] : found->second) visit(message);
  }

 private:
  // Source and destination as received, and the id.
  using Key = std::tuple<std::string, std::string, std::uint64_t>;
  std::map<LinkRef, std::map<Key, std::string>> links_;
};

}  // namespace slim::forward
