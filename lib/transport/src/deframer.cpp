#include "deframer.hpp"

#include <algorithm>
#include <cstring>

namespace slim::transport {

std::size_t Deframer::assemble(base::ByteView bytes) {
  if (header_size_ < kHeader) {
    // The header alone first: its length decides about everything behind it.
    const std::size_t n = std::min(kHeader - header_size_, bytes.size());
    if (n > 0) std::memcpy(header_ + header_size_, bytes.data(), n);
    header_size_ += n;
    return n;
  }
  const std::size_t size = length_of(header_);
  const std::size_t n = std::min(size - have_, bytes.size());
  if (n == 0) return 0;
  if (have_ + n > block_.size()) {
    const std::size_t grown = std::max({have_ + n, block_.size() * 2, kFirstBlock});
    base::SharedBytes larger = base::SharedBytes::allocate(std::min(grown, size));
    if (have_ > 0) std::memcpy(larger.writable(), block_.data(), have_);
    block_ = std::move(larger);
  }
  std::memcpy(block_.writable() + have_, bytes.data(), n);
  have_ += n;
  return n;
}

void Deframer::hold(base::ByteView rest) {
  held_ = true;
  pending_.assign(rest.begin(), rest.end());
}

}  // namespace slim::transport
