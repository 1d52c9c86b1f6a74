/// Fixed-size blocks without the allocator's overhead, for tables of millions of small entries.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace slim::forward {

/// Thread: one at a time. Memory is reused for other T, never given back before the slab ends.
/// The entries still alive at that point are not destroyed: their owner does that first.
template <class T>
class Slab {
 public:
  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  template <class... Arguments>
  [[nodiscard]] T* make(Arguments&&... arguments) {
    if (!free_) refill();
    Slot* slot = free_;
    free_ = slot->next;
    return new (slot->memory) T(std::forward<Arguments>(arguments)...);
  }
  void destroy(T* object) noexcept {
    object->~T();
    // The slot begins where its object did.
    auto* slot = reinterpret_cast<Slot*>(object);
    slot->next = free_;
    free_ = slot;
  }

 private:
  union Slot {
    Slot* next;
    alignas(T) std::byte memory[sizeof(T)];
  };
  static constexpr std::size_t kBlock = 64 * 1024 / sizeof(Slot) + 1;

  void refill() {
    blocks_.push_back(std::make_unique_for_overwrite<Slot[]>(kBlock));
    for (std::size_t i = kBlock; i-- > 0;) {
      blocks_.back()[i].next = free_;
      free_ = &blocks_.back()[i];
    }
  }

  std::vector<std::unique_ptr<Slot[]>> blocks_;
  Slot* free_ = nullptr;
};

}  // namespace slim::forward
