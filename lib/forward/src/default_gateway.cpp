#include "default_gateway.hpp"

namespace slim::forward {

Router::Gateway DefaultGateway::get() const noexcept {
  const std::uint64_t word = chosen_.load(std::memory_order_acquire);
  return {LinkRef::from_bits(word & ~kAmbiguous), (word & kAmbiguous) != 0};
}

void DefaultGateway::edge_up(LinkRef link) {
  edges_.insert(link);
  choose();
}

void DefaultGateway::edge_gone(LinkRef link) {
  edges_.erase(link);
  choose();
}

void DefaultGateway::set_auto(bool on) {
  auto_ = on;
  choose();
}

void DefaultGateway::pin(LinkRef link) {
  is_pinned_ = true;
  pinned_ = link;
  choose();
}

void DefaultGateway::unpin() {
  is_pinned_ = false;
  choose();
}

void DefaultGateway::choose() {
  std::uint64_t word = 0;
  if (is_pinned_) {
    if (edges_.contains(pinned_)) word = pinned_.bits();
  } else if (auto_ && edges_.size() == 1) {
    word = edges_.begin()->bits();
  } else if (auto_ && edges_.size() > 1) {
    word = kAmbiguous;
  }
  chosen_.store(word, std::memory_order_release);
}

}  // namespace slim::forward
