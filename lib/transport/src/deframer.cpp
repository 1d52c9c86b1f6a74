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

void Deframer::keep(base::ByteView bytes, const base::SharedBytes* block) {
  if (bytes.empty()) return;
  constexpr std::size_t kShareOf = 2;  // a block is not kept for less of it
  if (block && *block && bytes.size() * kShareOf >= block->size()) {
    pending_.push_back({*block, bytes});
    return;
  }
  if (!pending_.empty()) {
    // Behind what was copied before, while its block has room.
    Piece& last = pending_.back();
    const std::size_t used = last.bytes.size();
    const auto begin = static_cast<std::size_t>(last.bytes.data() - last.block.data());
    if (last.block.unique() && last.block.size() - begin - used >= bytes.size()) {
      std::memcpy(last.block.writable() + begin + used, bytes.data(), bytes.size());
      last.bytes = last.block.view().subspan(begin, used + bytes.size());
      return;
    }
  }
  base::SharedBytes copy = base::SharedBytes::allocate(std::max(bytes.size(), kPieceBlock));
  std::memcpy(copy.writable(), bytes.data(), bytes.size());
  const base::ByteView kept = copy.view().first(bytes.size());
  pending_.push_back({std::move(copy), kept});
}

}  // namespace slim::transport
