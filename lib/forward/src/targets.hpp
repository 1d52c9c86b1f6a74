/// The links behind one name: what a match returns. Most names have one link, which is kept in a
/// word; others get a list a link type.
#pragma once

#include <array>
#include <atomic>
#include <span>

#include <slim/base/epoch.hpp>
#include <slim/forward/link_ref.hpp>

namespace slim::forward {

/// Links of one type in subscription order. Appended to in place while there is room, replaced on
/// any other change, so that a reader sees a whole list, old or new.
struct TargetList {
  std::uint32_t capacity;
  std::atomic<std::uint32_t> size;

  [[nodiscard]] static TargetList* make(std::uint32_t capacity);
  static void destroy(TargetList* list) noexcept;
  [[nodiscard]] std::span<const LinkRef> view() const noexcept { return {begin(), size.load()}; }
  [[nodiscard]] LinkRef* begin() noexcept { return reinterpret_cast<LinkRef*>(this + 1); }
  [[nodiscard]] const LinkRef* begin() const noexcept {
    return reinterpret_cast<const LinkRef*>(this + 1);
  }
};

struct TargetSet {
  std::array<std::atomic<TargetList*>, kLinkTypes> lists{};
  /// Where anycast goes on, by type; a prefix uses the first for all of its types.
  std::array<std::atomic<std::uint32_t>, kLinkTypes> turns{};
};

/// Thread: read() any, inside an epoch guard; add() and remove() one writer.
class Targets {
 public:
  Targets() = default;
  Targets(const Targets&) = delete;
  Targets& operator=(const Targets&) = delete;
  /// Precondition: no reader is left.
  ~Targets();

  /// Precondition: `link` is not in it.
  void add(LinkRef link, base::EpochDomain& epochs);
  /// The last link of the same type takes its place. Precondition: `link` is in it.
  void remove(LinkRef link, base::EpochDomain& epochs);

  /// Either the one link, or the set; both empty when there is none.
  struct Read {
    LinkRef one;
    TargetSet* many = nullptr;
  };
  [[nodiscard]] Read read() const noexcept {
    const std::uint64_t word = word_.load();
    if ((word & 1) != 0) return {LinkRef::from_bits(word >> 1), nullptr};
    return {{}, reinterpret_cast<TargetSet*>(word)};
  }

 private:
  // 0, or link bits << 1 | 1, or a TargetSet's address.
  std::atomic<std::uint64_t> word_{0};
};

}  // namespace slim::forward
