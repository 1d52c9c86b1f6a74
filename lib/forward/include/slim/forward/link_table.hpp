/// Which links exist and whether they can take a message now.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <slim/forward/link_ref.hpp>
#include <slim/wire/generation.hpp>

namespace slim::forward {

/// What a sender may expect of a link.
enum class Readiness : std::uint8_t {
  ready,
  full,  ///< its outgoing queue is full; it will drain or be closed
  down,  ///< a link of ours that is being dialled again: its routes stay
  gone,  ///< it ended; the reference names nothing
};

/// Thread: readiness(), translates(), dialect() and translating() any, without waiting; add(),
/// free() and set_translation() any, under a mutex; set_up() and set_full() the link's owner
/// worker.
class LinkTable {
 public:
  LinkTable() = default;
  LinkTable(const LinkTable&) = delete;
  LinkTable& operator=(const LinkTable&) = delete;
  ~LinkTable();

  /// A new link, down. Indices start at 0; of those freed the most recent one is used first.
  /// nullopt when kMaxLinks links exist.
  [[nodiscard]] std::optional<LinkRef> add(LinkType type, unsigned worker);
  /// The link ended; its index stays taken until free(). Thread: the link's owner worker.
  void close(LinkRef link) noexcept;
  /// Gives the index back. Precondition: closed, and nothing refers to the link any more that
  /// would not notice.
  void free(LinkRef link);

  [[nodiscard]] Readiness readiness(LinkRef link) const noexcept;
  void set_up(LinkRef link, bool up) noexcept;
  void set_full(LinkRef link, bool full) noexcept;

  /// How many links that have not ended take part in translation. Where there are fewer than two,
  /// nothing else has to be asked: that is what a node without translation pays.
  [[nodiscard]] std::uint32_t translating() const noexcept {
    return translating_.load(std::memory_order_relaxed);
  }
  /// Whether messages of other dialects may reach the link, and its own links of other dialects.
  [[nodiscard]] bool translates(LinkRef link) const noexcept;
  /// What the link speaks; a5 until it is known, where generation A is all that is.
  /// Precondition: translates(link).
  [[nodiscard]] wire::Dialect dialect(LinkRef link) const noexcept;
  /// Ends with close().
  void set_translation(LinkRef link, bool on, wire::Dialect dialect) noexcept;

  [[nodiscard]] std::size_t size() const;

 private:
  // One word a link: use << 2 | up << 1 | full.
  static constexpr std::uint64_t kFull = 1;
  static constexpr std::uint64_t kUp = 2;
  static constexpr std::size_t kPageSize = 1024;
  struct Page {
    std::array<std::atomic<std::uint64_t>, kPageSize> slots{};
    /// kTranslates and the dialect. Not told apart by use: a reference to an ended link is gone.
    std::array<std::atomic<std::uint8_t>, kPageSize> translation{};
  };
  static constexpr std::uint8_t kTranslates = 0x80;
  [[nodiscard]] std::atomic<std::uint64_t>* slot(std::uint32_t index) const noexcept;

  void store_translation(std::uint32_t index, std::uint8_t value) noexcept;

  mutable std::mutex mutex_;
  std::array<std::atomic<Page*>, LinkRef::kMaxLinks / kPageSize> pages_{};
  std::vector<std::uint32_t> free_;
  std::uint32_t used_ = 0;
  std::atomic<std::uint32_t> translating_{0};
};

}  // namespace slim::forward
