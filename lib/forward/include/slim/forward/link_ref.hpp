/// Names a link (a "connection" in docs/protocol/forwarding.md 2) everywhere in the node.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace slim::forward {

/// In the order in which anycast prefers them.
enum class LinkType : std::uint8_t { local = 0, remote = 1, peer = 2, edge = 3 };
inline constexpr std::size_t kLinkTypes = 4;

[[nodiscard]] constexpr std::string_view to_string(LinkType type) noexcept {
  constexpr std::string_view kNames[] = {"local", "remote", "peer", "edge"};
  return kNames[static_cast<std::size_t>(type)];
}

/// A link's type, the worker that owns it, its index (what `incoming_conn` carries) and how often
/// that index was used before: a reference to a link that ended never means its successor.
/// Thread: immutable value of 63 bits; 0 is no link.
class LinkRef {
 public:
  static constexpr unsigned kMaxWorkers = 1U << 8;
  static constexpr std::uint32_t kMaxLinks = 1U << 22;
  static constexpr std::uint32_t kMaxUse = (1U << 31) - 1;

  constexpr LinkRef() noexcept = default;
  /// Preconditions: `worker`, `index` below their maximum, `use` from 1 to kMaxUse.
  constexpr LinkRef(LinkType type, unsigned worker, std::uint32_t index, std::uint32_t use) noexcept
      : bits_(static_cast<std::uint64_t>(type) << 61 | static_cast<std::uint64_t>(worker) << 53 |
              static_cast<std::uint64_t>(index) << 31 | use) {}
  [[nodiscard]] static constexpr LinkRef from_bits(std::uint64_t bits) noexcept {
    LinkRef ref;
    ref.bits_ = bits;
    return ref;
  }

  explicit constexpr operator bool() const noexcept { return bits_ != 0; }
  [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return bits_; }
  [[nodiscard]] constexpr LinkType type() const noexcept {
    return static_cast<LinkType>(bits_ >> 61 & 3);
  }
  [[nodiscard]] constexpr unsigned worker() const noexcept {
    return static_cast<unsigned>(bits_ >> 53 & (kMaxWorkers - 1));
  }
  [[nodiscard]] constexpr std::uint32_t index() const noexcept {
    return static_cast<std::uint32_t>(bits_ >> 31 & (kMaxLinks - 1));
  }
  [[nodiscard]] constexpr std::uint32_t use() const noexcept {
    return static_cast<std::uint32_t>(bits_ & kMaxUse);
  }
  friend constexpr auto operator<=>(LinkRef, LinkRef) noexcept = default;

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace slim::forward
