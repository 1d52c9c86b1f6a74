/// Control messages that wait for their links, in the order in which the router decided them: the
/// order that neighbours must see, whichever worker sends them.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <slim/forward/router.hpp>

namespace slim::forward {

/// Thread: under the router's mutex.
class Outboxes {
 public:
  explicit Outboxes(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// From here on the link may be written to.
  void open(LinkRef link) { boxes_[link]; }
  /// Forgets what waits; put() does nothing from now on.
  void close(LinkRef link) { boxes_.erase(link); }
  void put(LinkRef link, std::string message);
  /// Asks for the link to be drained though nothing waits yet.
  void wake(LinkRef link);
  [[nodiscard]] bool empty(LinkRef link) const;
  [[nodiscard]] Router::Drained take(LinkRef link, std::size_t max_bytes,
                                     std::vector<std::string>& out);
  /// Links that got something since their last complete drain and were not named yet.
  [[nodiscard]] std::vector<LinkRef> take_woken() { return std::exchange(woken_, {}); }

 private:
  struct Hash {
    std::size_t operator()(LinkRef link) const noexcept {
      return std::hash<std::uint64_t>{}(link.bits());
    }
  };
  struct Box {
    std::deque<std::string> messages;
    std::size_t bytes = 0;
    bool woken = false;
    bool overflow = false;
  };
  std::size_t max_bytes_;
  std::unordered_map<LinkRef, Box, Hash> boxes_;
  std::vector<LinkRef> woken_;
};

}  // namespace slim::forward
