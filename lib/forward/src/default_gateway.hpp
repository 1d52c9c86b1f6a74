/// The link for messages of local applications that match nothing
/// (docs/protocol/forwarding.md 5.6).
#pragma once

#include <atomic>
#include <set>
#include <string>

#include <slim/forward/router.hpp>

namespace slim::forward {

/// Thread: get() any; everything else under the router's mutex.
class DefaultGateway {
 public:
  [[nodiscard]] Router::Gateway get() const noexcept;

  void edge_up(LinkRef link);
  void edge_gone(LinkRef link);
  void set_auto(bool on);
  /// Only the pinned link from now on, also when it is gone.
  void pin(LinkRef link);
  void unpin();

 private:
  static constexpr std::uint64_t kAmbiguous = std::uint64_t{1} << 63;
  void choose();

  // A link's 63 bits and kAmbiguous.
  std::atomic<std::uint64_t> chosen_{0};
  std::set<LinkRef> edges_;
  LinkRef pinned_;
  bool is_pinned_ = false;
  bool auto_ = true;
};

}  // namespace slim::forward
