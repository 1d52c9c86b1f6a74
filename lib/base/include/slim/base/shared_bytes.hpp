/// A reference-counted block of bytes: how one large payload reaches many queues without copies.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include <slim/base/bytes.hpp>

namespace slim::base {

/// Ownership: each copy holds one reference; the last one frees the block.
/// Thread: the count is atomic, so copies may live on different threads. The bytes may be written
/// only while unique().
class SharedBytes {
 public:
  /// Blocks of exactly this size are kept by the thread that frees them, a few, for its next use.
  static constexpr std::size_t kPooled = 32 * 1024;

  SharedBytes() noexcept = default;
  /// A block of exactly `size` bytes, not initialised.
  [[nodiscard]] static SharedBytes allocate(std::size_t size);
  /// A block that holds a copy of `bytes`.
  [[nodiscard]] static SharedBytes copy_of(ByteView bytes);

  SharedBytes(const SharedBytes& other) noexcept : block_(other.block_) { retain(); }
  SharedBytes(SharedBytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  // Two operators, not one that takes its argument by value: clang 14 forgets to destroy the
  // argument of `x = {}` inside a template.
  SharedBytes& operator=(const SharedBytes& other) noexcept { return *this = SharedBytes(other); }
  SharedBytes& operator=(SharedBytes&& other) noexcept {
    if (this != &other) {
      release();
      block_ = std::exchange(other.block_, nullptr);
    }
    return *this;
  }
  ~SharedBytes() { release(); }

  explicit operator bool() const noexcept { return block_ != nullptr; }
  [[nodiscard]] std::size_t size() const noexcept { return block_ ? block_->size : 0; }
  [[nodiscard]] const Byte* data() const noexcept { return block_ ? payload() : nullptr; }
  [[nodiscard]] ByteView view() const noexcept { return {data(), size()}; }
  [[nodiscard]] bool unique() const noexcept;
  /// Precondition: unique().
  [[nodiscard]] Byte* writable() noexcept { return payload(); }

 private:
  struct alignas(std::max_align_t) Block {
    std::atomic<std::size_t> references;
    std::size_t size;
  };
  [[nodiscard]] Byte* payload() const noexcept { return reinterpret_cast<Byte*>(block_ + 1); }
  void retain() noexcept {
    if (block_) block_->references.fetch_add(1, std::memory_order_relaxed);
  }
  void release() noexcept;

  Block* block_ = nullptr;
};

}  // namespace slim::base
