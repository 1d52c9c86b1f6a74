#include <cstring>
#include <new>

#include <slim/base/shared_bytes.hpp>

namespace slim::base {
namespace {

/// Blocks of one size that a thread has freed and will want again in its next turn. Left to malloc
/// they go back to the kernel at the end of each turn and come anew, a page fault for each page.
class FreeBlocks {
 public:
  FreeBlocks() = default;
  FreeBlocks(const FreeBlocks&) = delete;
  FreeBlocks& operator=(const FreeBlocks&) = delete;
  ~FreeBlocks() {
    while (void* block = take()) ::operator delete(block);
    count_ = kMost;  // what is freed after this goes its own way
  }

  [[nodiscard]] void* take() noexcept { return first_ ? pop() : nullptr; }
  /// False when there are enough.
  bool put(void* block) noexcept {
    if (count_ == kMost) return false;
    std::memcpy(block, &first_, sizeof first_);
    first_ = block;
    ++count_;
    return true;
  }

 private:
  static constexpr std::size_t kMost = 256;  // 8 MiB, what one link may have queued
  void* pop() noexcept {
    void* const block = first_;
    std::memcpy(&first_, block, sizeof first_);
    --count_;
    return block;
  }

  void* first_ = nullptr;
  std::size_t count_ = 0;
};

thread_local FreeBlocks free_blocks;

}  // namespace

SharedBytes SharedBytes::allocate(std::size_t size) {
  void* memory = size == kPooled ? free_blocks.take() : nullptr;
  if (!memory) memory = ::operator new(sizeof(Block) + size);
  SharedBytes out;
  out.block_ = new (memory) Block{1, size};
  return out;
}

SharedBytes SharedBytes::copy_of(ByteView bytes) {
  SharedBytes out = allocate(bytes.size());
  if (!bytes.empty()) std::memcpy(out.writable(), bytes.data(), bytes.size());
  return out;
}

bool SharedBytes::unique() const noexcept {
  return block_ && block_->references.load(std::memory_order_acquire) == 1;
}

void SharedBytes::release() noexcept {
  if (block_ && block_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    const bool pooled = block_->size == kPooled;
    block_->~Block();
    if (!pooled || !free_blocks.put(block_)) ::operator delete(block_);
  }
}

}  // namespace slim::base
