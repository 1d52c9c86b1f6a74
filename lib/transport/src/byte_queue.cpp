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
  if (!bytes.empty()) std::memcpy(append(bytes.size()), bytes.data(), bytes.size());
}

void ByteQueue::append_shared(base::ByteView bytes, const base::SharedBytes& owner) {
  if (bytes.empty()) return;
  segments_.push_back({owner, bytes.data(), bytes.data() + bytes.size()});
  size_ += bytes.size();
}

void ByteQueue::move_to(ByteQueue& to, std::size_t size) {
  SLIM_ASSERT(size <= size_);
  size_ -= size;
  to.size_ += size;
  while (size > 0) {
    Segment& first = segments_.front();
    if (first.size() <= size) {
      size -= first.size();
      to.segments_.push_back(std::move(first));
      segments_.pop_front();
      continue;
    }
    to.segments_.push_back({first.owner, first.begin, first.begin + size});
    first.begin += size;
    size = 0;
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
      break;
    }
    size -= first.size();
    segments_.pop_front();
  }
  if (empty()) clear();
}

void ByteQueue::clear() {
  segments_.clear();
  size_ = 0;
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
