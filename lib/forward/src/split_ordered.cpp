#include "split_ordered.hpp"

namespace slim::forward {

SplitOrderedIndex::SplitOrderedIndex() {
  for (std::size_t s = 0; s <= static_cast<std::size_t>(std::bit_width(kFirstBuckets - 1)); ++s) {
    add_segment(s);
  }
  bucket(0).store(&first_);
}

std::uint64_t SplitOrderedIndex::reversed(std::uint64_t v) noexcept {
  v = (v >> 1 & 0x5555555555555555ULL) | (v & 0x5555555555555555ULL) << 1;
  v = (v >> 2 & 0x3333333333333333ULL) | (v & 0x3333333333333333ULL) << 2;
  v = (v >> 4 & 0x0f0f0f0f0f0f0f0fULL) | (v & 0x0f0f0f0f0f0f0f0fULL) << 4;
  return __builtin_bswap64(v);
}

void SplitOrderedIndex::add_segment(std::size_t segment) {
  const std::size_t size = segment == 0 ? 1 : std::size_t{1} << (segment - 1);
  storage_.push_back(std::make_unique<Bucket[]>(size));
  segments_[segment].store(storage_.back().get());
}

SplitNode* SplitOrderedIndex::marker_for(std::uint64_t number) {
  if (SplitNode* marker = bucket(number).load()) return marker;
  SplitNode* before = marker_for(parent(number));
  SplitNode& marker = markers_.emplace_back();
  marker.order = reversed(number);
  SplitNode* after = before->next.load();
  while (after && after->order < marker.order) {
    before = after;
    after = after->next.load();
  }
  marker.next.store(after);
  before->next.store(&marker);
  bucket(number).store(&marker);
  return &marker;
}

void SplitOrderedIndex::insert(std::uint64_t hash, SplitNode& node) {
  const std::uint64_t buckets = buckets_.load();
  node.order = entry_order(hash);
  SplitNode* before = marker_for(hash & (buckets - 1));
  SplitNode* after = before->next.load();
  while (after && after->order <= node.order) {
    before = after;
    after = after->next.load();
  }
  node.next.store(after);
  before->next.store(&node);
  ++count_;
  const auto segment = static_cast<std::size_t>(std::bit_width(buckets));
  if (count_ > buckets * kEntriesPerBucket && segment < kSegments) {
    add_segment(segment);
    buckets_.store(buckets * 2);
  }
}

void SplitOrderedIndex::erase(std::uint64_t hash, SplitNode& node) {
  SplitNode* before = marker_for(hash & (buckets_.load() - 1));
  while (before->next.load() != &node) before = before->next.load();
  before->next.store(node.next.load());
  --count_;
}

}  // namespace slim::forward
