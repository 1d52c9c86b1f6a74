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

std::size_t LinkTable::size() const {
  const std::lock_guard lock(mutex_);
  return used_ - free_.size();
}

}  // namespace slim::forward
