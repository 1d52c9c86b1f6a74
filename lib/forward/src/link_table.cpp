#include <slim/base/assert.hpp>
#include <slim/forward/link_table.hpp>

namespace slim::forward {

LinkTable::~LinkTable() {
  for (const auto& page : pages_) delete page.load();
}

std::atomic<std::uint64_t>* LinkTable::slot(std::uint32_t index) const noexcept {
  Page* page = pages_[index / kPageSize].load(std::memory_order_acquire);
  return page ? &page->slots[index % kPageSize] : nullptr;
}

std::optional<LinkRef> LinkTable::add(LinkType type, unsigned worker) {
  const std::lock_guard lock(mutex_);
  std::uint32_t index = 0;
  if (!free_.empty()) {
    index = free_.back();
    free_.pop_back();
  } else {
    if (used_ == LinkRef::kMaxLinks) return std::nullopt;
    index = used_++;
    auto& page = pages_[index / kPageSize];
    if (!page.load(std::memory_order_relaxed)) page.store(new Page, std::memory_order_release);
  }
  auto& word = *slot(index);
  // The use counts on from the last one, so that references to earlier links fit no more.
  std::uint64_t use = (word.load(std::memory_order_relaxed) >> 2) + 1;
  if (use > LinkRef::kMaxUse) use = 1;
  word.store(use << 2, std::memory_order_release);
  return LinkRef(type, worker, index, static_cast<std::uint32_t>(use));
}

void LinkTable::close(LinkRef link) noexcept {
  // Full and not up is no state of a living link: readiness() reads it as gone.
  slot(link.index())->store(std::uint64_t{link.use()} << 2 | kFull, std::memory_order_release);
  store_translation(link.index(), 0);
}

void LinkTable::free(LinkRef link) {
  const std::lock_guard lock(mutex_);
  SLIM_ASSERT(readiness(link) == Readiness::gone);
  free_.push_back(link.index());
}

Readiness LinkTable::readiness(LinkRef link) const noexcept {
  const auto* word = slot(link.index());
  if (!word) return Readiness::gone;
  const std::uint64_t value = word->load(std::memory_order_acquire);
  if (value >> 2 != link.use()) return Readiness::gone;
  if ((value & kUp) == 0) return (value & kFull) != 0 ? Readiness::gone : Readiness::down;
  return (value & kFull) != 0 ? Readiness::full : Readiness::ready;
}

void LinkTable::set_up(LinkRef link, bool up) noexcept {
  auto& word = *slot(link.index());
  word.store(std::uint64_t{link.use()} << 2 | (up ? kUp : 0), std::memory_order_release);
}

void LinkTable::set_full(LinkRef link, bool full) noexcept {
  auto& word = *slot(link.index());
  SLIM_ASSERT((word.load(std::memory_order_relaxed) & kUp) != 0);
  word.store(std::uint64_t{link.use()} << 2 | kUp | (full ? kFull : 0), std::memory_order_release);
}

void LinkTable::store_translation(std::uint32_t index, std::uint8_t value) noexcept {
  Page& page = *pages_[index / kPageSize].load(std::memory_order_acquire);
  const std::uint8_t before =
      page.translation[index % kPageSize].exchange(value, std::memory_order_relaxed);
  if (value != 0 && before == 0) translating_.fetch_add(1, std::memory_order_relaxed);
  if (value == 0 && before != 0) translating_.fetch_sub(1, std::memory_order_relaxed);
}

void LinkTable::set_translation(LinkRef link, bool on, wire::Dialect dialect) noexcept {
  const auto flags = static_cast<std::uint8_t>(kTranslates | static_cast<unsigned>(dialect));
  store_translation(link.index(), on ? flags : 0);
}

bool LinkTable::translates(LinkRef link) const noexcept {
  const Page* page = pages_[link.index() / kPageSize].load(std::memory_order_acquire);
  return page && page->translation[link.index() % kPageSize].load(std::memory_order_relaxed) != 0;
}

wire::Dialect LinkTable::dialect(LinkRef link) const noexcept {
  const Page* page = pages_[link.index() / kPageSize].load(std::memory_order_acquire);
  const unsigned flags =
      page->translation[link.index() % kPageSize].load(std::memory_order_relaxed);
  return static_cast<wire::Dialect>(flags & ~unsigned{kTranslates});
}

std::size_t LinkTable::size() const {
  const std::lock_guard lock(mutex_);
  return used_ - free_.size();
}

}  // namespace slim::forward
