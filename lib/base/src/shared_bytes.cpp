#include <cstring>
#include <new>

#include <slim/base/shared_bytes.hpp>

namespace slim::base {

SharedBytes SharedBytes::allocate(std::size_t size) {
  void* memory = ::operator new(sizeof(Block) + size);
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
    block_->~Block();
    ::operator delete(block_);
  }
}

}  // namespace slim::base
