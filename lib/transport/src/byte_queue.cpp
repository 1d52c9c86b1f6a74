#include <algorithm>
#include <cstring>

#include <slim/base/assert.hpp>
#include <slim/transport/byte_queue.hpp>

namespace slim::transport {

base::Byte* ByteQueue::append(std::size_t size) {
  if (static_cast<std::size_t>(chunk_end_ - fill_) < size) {
    const std::size_t usual = segments_.empty() ? kFirstChunk : kChunk;
    chunk_ = base::SharedBytes::allocate(std::max(usual, size));
    fill_ = chunk_.writable();
    chunk_end_ = fill_ + chunk_.size();
  }
  base::Byte* const place = fill_;
  fill_ += size;
  size_ += size;
  if (!segments_.empty() && segments_.back().end == place) {
    segments_.back().end = fill_;
  } else {
    segments_.push_back({chunk_, place, fill_});
  }
  return place;
}

void ByteQueue::append(base::ByteView bytes) {
  // In two pieces rather than leave the rest of a chunk empty.
  const auto room = static_cast<std::size_t>(chunk_end_ - fill_);
  if (room > 0 && room < bytes.size()) {
    std::memcpy(append(room), bytes.data(), room);
    bytes = bytes.subspan(room);
  }
  if (!bytes.empty()) std::memcpy(append(bytes.size()), bytes.data(), bytes.size());
}

void ByteQueue::push_shared(Segment segment) {
  segment.pins = is_pinned(segment.owner) ? 0 : segment.owner.size();
  segment.shared = true;
  pinned_ += segment.pins;
  shared_ += segment.size();
  last_owner_ = segment.owner.data();
  segments_.push_back(std::move(segment));
}

void ByteQueue::drop_first() noexcept {
  const Segment& first = segments_.front();
  pinned_ -= first.pins;
  if (first.shared) {
    shared_ -= first.size();
    // Counted anew if more of the block comes: what was counted may be this.
    if (first.owner.data() == last_owner_) last_owner_ = nullptr;
  }
  segments_.pop_front();
}

void ByteQueue::append_shared(base::ByteView bytes, const base::SharedBytes& owner) {
  if (bytes.empty()) return;
  push_shared({owner, bytes.data(), bytes.data() + bytes.size()});
  size_ += bytes.size();
}

void ByteQueue::move_to(ByteQueue& to, std::size_t size) {
  SLIM_ASSERT(size <= size_);
  size_ -= size;
  to.size_ += size;
  while (size > 0) {
    Segment& first = segments_.front();
    Segment moved{first.owner, first.begin, std::min(first.end, first.begin + size)};
    size -= moved.size();
    const bool shared = first.shared;
    if (moved.end == first.end) {
      drop_first();
    } else {
      first.begin = moved.end;
      if (shared) shared_ -= moved.size();
    }
    if (shared) {
      to.push_shared(std::move(moved));
    } else {
      to.segments_.push_back(std::move(moved));
    }
  }
  if (empty()) clear();
}

void ByteQueue::pop(std::size_t size) {
  SLIM_ASSERT(size <= size_);
  size_ -= size;
  while (size > 0) {
    Segment& first = segments_.front();
    if (first.size() > size) {
      first.begin += size;
      if (first.shared) shared_ -= size;
      break;
    }
    size -= first.size();
    drop_first();
  }
  if (empty()) clear();
}

void ByteQueue::clear() {
  segments_.clear();
  size_ = pinned_ = shared_ = 0;
  last_owner_ = nullptr;
  chunk_ = {};
  fill_ = nullptr;
  chunk_end_ = nullptr;
}

base::ByteView ByteQueue::front() const noexcept {
  if (segments_.empty()) return {};
  return {segments_.front().begin, segments_.front().end};
}

std::size_t ByteQueue::gather(iovec* out, std::size_t count) const noexcept {
  std::size_t n = 0;
  for (const Segment& s : segments_) {
    if (n == count) break;
    out[n++] = {const_cast<base::Byte*>(s.begin), s.size()};
  }
  return n;
}

}  // namespace slim::transport
