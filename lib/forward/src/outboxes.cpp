#include "outboxes.hpp"

namespace slim::forward {

void Outboxes::put(LinkRef link, std::string message) {
  const auto found = boxes_.find(link);
  if (found == boxes_.end()) return;
  Box& box = found->second;
  if (!box.overflow && box.bytes + message.size() > max_bytes_) {
    // The link is lost: it can't be left without a subscription or an acknowledgement.
    box = Box{{}, 0, box.woken, true};
  }
  if (!box.overflow) {
    box.bytes += message.size();
    box.messages.push_back(std::move(message));
  }
  wake(link);
}

void Outboxes::wake(LinkRef link) {
  const auto found = boxes_.find(link);
  if (found == boxes_.end() || found->second.woken) return;
  found->second.woken = true;
  woken_.push_back(link);
}

bool Outboxes::empty(LinkRef link) const {
  const auto found = boxes_.find(link);
  return found == boxes_.end() || found->second.messages.empty();
}

Router::Drained Outboxes::take(LinkRef link, std::size_t max_bytes, std::vector<std::string>& out) {
  const auto found = boxes_.find(link);
  if (found == boxes_.end()) return Router::Drained::all;
  Box& box = found->second;
  if (box.overflow) return Router::Drained::overflow;
  std::size_t taken = 0;
  while (!box.messages.empty() && (taken == 0 || taken < max_bytes)) {
    taken += box.messages.front().size();
    out.push_back(std::move(box.messages.front()));
    box.messages.pop_front();
  }
  box.bytes -= taken;
  if (!box.messages.empty()) return Router::Drained::more;
  box.woken = false;
  return Router::Drained::all;
}

}  // namespace slim::forward
