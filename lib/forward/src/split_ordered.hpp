/// A hash index that grows without moving entries, read without locks while one writer changes it.
///
/// All entries stand in one list, sorted by their bit-reversed hash; a bucket is a marker in that
/// list from which a search starts (Shalev and Shavit, "Split-ordered lists", JACM 2006). Doubling
/// the buckets moves nothing: a new bucket's marker goes into the middle of its parent's stretch,
/// the first time something is inserted there. So one insertion costs one insertion, always, and a
/// reader that finds a bucket without marker starts from the parent's.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace slim::forward {

/// What an entry derives from. The index neither owns nor frees entries.
struct SplitNode {
  std::atomic<SplitNode*> next{nullptr};
  std::uint64_t order = 0;
};

/// Thread: find() any, inside an epoch guard; everything else one writer. An erased entry must stay
/// alive until readers have left (EpochDomain::retire).
class SplitOrderedIndex {
 public:
  SplitOrderedIndex();
  SplitOrderedIndex(const SplitOrderedIndex&) = delete;
  SplitOrderedIndex& operator=(const SplitOrderedIndex&) = delete;

  /// The first entry with this hash that `matches`.
  template <class Matches>
  [[nodiscard]] SplitNode* find(std::uint64_t hash, Matches&& matches) const {
    const std::uint64_t wanted = entry_order(hash);
    SplitNode* node = start_of(hash)->next.load();
    while (node && node->order <= wanted) {
      if (node->order == wanted && matches(*node)) return node;
      node = node->next.load();
    }
    return nullptr;
  }

  void insert(std::uint64_t hash, SplitNode& node);
  /// Precondition: `node` was inserted with this hash and not erased since.
  void erase(std::uint64_t hash, SplitNode& node);
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  /// Calls `visit` for each entry. Thread: writer.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (SplitNode* n = first_.next.load(); n; n = n->next.load()) {
      if ((n->order & 1) != 0) visit(*n);
    }
  }

 private:
  // Segment 0 holds bucket 0; segment s holds the buckets from 2^(s-1) up to 2^s.
  using Bucket = std::atomic<SplitNode*>;
  static constexpr std::size_t kSegments = 28;
  static constexpr std::uint64_t kFirstBuckets = 16;
  static constexpr std::uint64_t kEntriesPerBucket = 2;

  [[nodiscard]] static std::uint64_t reversed(std::uint64_t bits) noexcept;
  // Entries are odd, markers even, so a marker stands in front of its bucket's entries.
  [[nodiscard]] static std::uint64_t entry_order(std::uint64_t hash) noexcept {
    return reversed(hash) | 1;
  }
  [[nodiscard]] Bucket& bucket(std::uint64_t number) const noexcept {
    const auto segment = static_cast<std::size_t>(std::bit_width(number));
    const std::uint64_t begin = number == 0 ? 0 : std::uint64_t{1} << (segment - 1);
    return segments_[segment].load()[number - begin];
  }
  [[nodiscard]] static std::uint64_t parent(std::uint64_t number) noexcept {
    return number ^ std::bit_floor(number);
  }
  [[nodiscard]] const SplitNode* start_of(std::uint64_t hash) const noexcept {
    std::uint64_t number = hash & (buckets_.load() - 1);
    while (true) {
      if (const SplitNode* marker = bucket(number).load()) return marker;
      number = parent(number);
    }
  }
  SplitNode* marker_for(std::uint64_t number);
  void add_segment(std::size_t segment);

  SplitNode first_;
  std::atomic<std::uint64_t> buckets_{kFirstBuckets};
  std::array<std::atomic<Bucket*>, kSegments> segments_{};
  std::vector<std::unique_ptr<Bucket[]>> storage_;
  std::deque<SplitNode> markers_;
  std::size_t count_ = 0;
};

}  // namespace slim::forward
