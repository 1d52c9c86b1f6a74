#include "targets.hpp"

#include <algorithm>
#include <new>

#include <slim/base/assert.hpp>

namespace slim::forward {
namespace {

void free_list(void* list, void*) { TargetList::destroy(static_cast<TargetList*>(list)); }

void free_set(void* object, void*) {
  auto* set = static_cast<TargetSet*>(object);
  for (auto& list : set->lists) TargetList::destroy(list.load());
  delete set;
}

std::atomic<TargetList*>& list_of(TargetSet& set, LinkRef link) {
  return set.lists[static_cast<std::size_t>(link.type())];
}

void append(TargetSet& set, LinkRef link, base::EpochDomain& epochs) {
  auto& slot = list_of(set, link);
  TargetList* list = slot.load();
  const std::uint32_t size = list ? list->size.load() : 0;
  if (!list || size == list->capacity) {
    TargetList* larger = TargetList::make(std::max<std::uint32_t>(2, size * 2));
    if (list) {
      std::copy_n(list->begin(), size, larger->begin());
      epochs.retire(list, free_list, nullptr);
    }
    larger->begin()[size] = link;
    larger->size.store(size + 1);
    slot.store(larger);
    return;
  }
  list->begin()[size] = link;
  list->size.store(size + 1);
}

/// The set's only link, or none when it has several.
LinkRef only_link(const TargetSet& set) {
  LinkRef only;
  for (const auto& slot : set.lists) {
    const TargetList* list = slot.load();
    if (!list || list->size.load() == 0) continue;
    if (only || list->size.load() > 1) return {};
    only = *list->begin();
  }
  return only;
}

}  // namespace

TargetList* TargetList::make(std::uint32_t capacity) {
  void* memory = ::operator new(sizeof(TargetList) + capacity * sizeof(LinkRef));
  return new (memory) TargetList{capacity, 0};
}

void TargetList::destroy(TargetList* list) noexcept { ::operator delete(list); }

Targets::~Targets() {
  if (TargetSet* set = read().many) free_set(set, nullptr);
}

void Targets::add(LinkRef link, base::EpochDomain& epochs) {
  const Read now = read();
  if (now.many) {
    append(*now.many, link, epochs);
    return;
  }
  if (!now.one) {
    word_.store(link.bits() << 1 | 1);
    return;
  }
  auto* set = new TargetSet;
  append(*set, now.one, epochs);
  append(*set, link, epochs);
  word_.store(reinterpret_cast<std::uint64_t>(set));
}

void Targets::remove(LinkRef link, base::EpochDomain& epochs) {
  const Read now = read();
  if (!now.many) {
    SLIM_ASSERT(now.one == link);
    word_.store(0);
    return;
  }
  auto& slot = list_of(*now.many, link);
  TargetList* list = slot.load();
  const auto links = list->view();
  const auto found = std::find(links.begin(), links.end(), link);
  SLIM_ASSERT(found != links.end());
  // A new list even for the last place: an in-place shrink and a later append could show a reader
  // that holds the old size a link that was never in the list it read.
  TargetList* smaller = nullptr;
  if (links.size() > 1) {
    smaller = TargetList::make(static_cast<std::uint32_t>(links.size() - 1));
    std::copy_n(links.begin(), links.size() - 1, smaller->begin());
    const auto place = static_cast<std::size_t>(found - links.begin());
    if (place < links.size() - 1) smaller->begin()[place] = links.back();
    smaller->size.store(static_cast<std::uint32_t>(links.size() - 1));
  }
  slot.store(smaller);
  epochs.retire(list, free_list, nullptr);
  if (const LinkRef only = only_link(*now.many)) {
    word_.store(only.bits() << 1 | 1);
    epochs.retire(now.many, free_set, nullptr);
  }
}

}  // namespace slim::forward
