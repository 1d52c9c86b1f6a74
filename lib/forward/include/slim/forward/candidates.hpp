/// The links to choose from for one name.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include <slim/forward/link_ref.hpp>

namespace slim::forward {

/// Lifetime: that of the epoch guard under which it was read. Thread: the reader's.
class Candidates {
 public:
  Candidates() = default;
  explicit Candidates(LinkRef only) noexcept : one_(only) {}
  using Lists = std::array<std::span<const LinkRef>, kLinkTypes>;
  using Turns = std::array<std::atomic<std::uint32_t>*, kLinkTypes>;
  Candidates(const Lists& lists, const Turns& turns) noexcept : lists_(lists), turns_(turns) {}

  [[nodiscard]] std::span<const LinkRef> of(LinkType type) const noexcept {
    if (one_) return one_.type() == type ? std::span(&one_, 1) : std::span<const LinkRef>{};
    return lists_[static_cast<std::size_t>(type)];
  }
  /// Where anycast starts in a list of several: counts on with every call, over all workers.
  [[nodiscard]] std::uint32_t next_turn(LinkType type) const noexcept {
    auto* turn = turns_[static_cast<std::size_t>(type)];
    return turn ? turn->fetch_add(1, std::memory_order_relaxed) : 0;
  }
  [[nodiscard]] bool empty() const noexcept {
    if (one_) return false;
    for (const auto& list : lists_) {
      if (!list.empty()) return false;
    }
    return true;
  }

 private:
  LinkRef one_;
  Lists lists_{};
  Turns turns_{};
};

}  // namespace slim::forward
