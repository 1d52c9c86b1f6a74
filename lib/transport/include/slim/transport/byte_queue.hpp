/// Bytes on their way to a socket: small pieces copied together, large ones shared.
#pragma once

#include <deque>
#include <sys/uio.h>

#include <slim/base/shared_bytes.hpp>

namespace slim::transport {

/// Thread: owner worker. Not bounded itself: whoever fills it looks at size() first.
class ByteQueue {
 public:
  /// Room for `size` contiguous bytes at the end, to be written before anything else is called.
  [[nodiscard]] base::Byte* append(std::size_t size);
  void append(base::ByteView bytes);
  /// Whether `bytes` should go to append_shared(): not when they are few, or when too much memory
  /// would be kept for them that holds something else.
  [[nodiscard]] bool is_worth_sharing(base::ByteView bytes,
                                      const base::SharedBytes& owner) const noexcept {
    if (!owner || bytes.size() < kShare) return false;
    const std::size_t pins = is_pinned(owner) ? 0 : owner.size();
    return pinned_ + pins <= kUnused + 2 * (shared_ + bytes.size());
  }
  /// The bytes themselves, kept alive by `owner`, which holds them.
  void append_shared(base::ByteView bytes, const base::SharedBytes& owner);
  /// Moves the first `size` bytes to the end of `to`, without copying. Precondition: it has them.
  void move_to(ByteQueue& to, std::size_t size);
  /// Drops the first `size` bytes. Precondition: it has them.
  void pop(std::size_t size);
  void clear();

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// The first contiguous bytes; empty only if the queue is.
  [[nodiscard]] base::ByteView front() const noexcept;
  /// Fills `out` from the front; returns how many entries were used.
  std::size_t gather(iovec* out, std::size_t count) const noexcept;

 private:
  struct Segment {
    base::SharedBytes owner;
    const base::Byte* begin;
    const base::Byte* end;
    /// What the queue keeps in memory by sharing, counted where a run of parts of one block begins.
    std::size_t pins = 0;
    bool shared = false;
    [[nodiscard]] std::size_t size() const noexcept {
      return static_cast<std::size_t>(end - begin);
    }
  };
  /// Fewer bytes are cheaper to copy.
  static constexpr std::size_t kShare = 4 * 1024;
  /// Blocks whose other parts went elsewhere may take so much memory, and as much again as what is
  /// shared: a slow receiver of rare messages holds no more than that.
  static constexpr std::size_t kUnused = 1024 * 1024;
  // Small first, so that a link with one message in flight costs a page, then larger.
  static constexpr std::size_t kFirstChunk = 4 * 1024;
  static constexpr std::size_t kChunk = base::SharedBytes::kPooled;

  [[nodiscard]] bool is_pinned(const base::SharedBytes& owner) const noexcept {
    return last_owner_ != nullptr && last_owner_ == owner.data();
  }
  void push_shared(Segment segment);
  void drop_first() noexcept;

  std::deque<Segment> segments_;
  std::size_t size_ = 0;
  std::size_t pinned_ = 0;  ///< of shared blocks, whole
  std::size_t shared_ = 0;  ///< of shared bytes
  /// The block of the last shared segment; null when the queue may have let go of it.
  const base::Byte* last_owner_ = nullptr;
  // The chunk that small pieces go into, and where its free part begins. Not written before fill_:
  // earlier parts may be shared with other queues.
  base::SharedBytes chunk_;
  base::Byte* fill_ = nullptr;
  base::Byte* chunk_end_ = nullptr;
};

}  // namespace slim::transport
