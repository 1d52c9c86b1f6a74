#include "handoff.hpp"

#include <algorithm>

namespace slim::link {

HandoffBatch::Place HandoffBatch::place(base::ByteView bytes, const base::SharedBytes& owner) {
  if (!owner) {
    const std::size_t offset = copies_.size();
    copies_.insert(copies_.end(), bytes.begin(), bytes.end());
    bytes_ += bytes.size();
    return {0, static_cast<std::uint32_t>(offset)};
  }
  // Messages of one read follow each other.
  if (blocks_.back().data() != owner.data()) {
    blocks_.push_back(owner);
    bytes_ += kBlockCost;
  }
  bytes_ += bytes.size();
  return {static_cast<std::uint32_t>(blocks_.size() - 1),
          static_cast<std::uint32_t>(bytes.data() - owner.data())};
}

bool HandoffBatch::has_head(std::span<const forward::LinkRef> targets,
                            const forward::Departure& message) const noexcept {
  if (message.flow == 0 || heads_.empty()) return false;
  const Head& last = heads_.back();
  // The view states the tail's size.
  return last.flow == message.flow && last.view.tail.size == message.tail.size() &&
         last.target_count == targets.size() &&
         std::equal(targets.begin(), targets.end(), targets_.begin() + last.first_target);
}

void HandoffBatch::add(std::span<const forward::LinkRef> targets,
                       const forward::Departure& message) {
  if (!has_head(targets, message)) {
    const base::ByteView head = message.bytes.first(message.view.tail.offset);
    const Place at = place(head, message.owner);
    heads_.push_back({message.view, message.ttl, message.from, message.incoming_conn, message.flow,
                      static_cast<std::uint32_t>(targets_.size()),
                      static_cast<std::uint32_t>(targets.size()), at.block, at.offset,
                      static_cast<std::uint32_t>(head.size())});
    targets_.insert(targets_.end(), targets.begin(), targets.end());
    bytes_ += sizeof(Head) + targets.size_bytes();
  }
  const Place at = place(message.tail, message.owner);
  messages_.push_back({static_cast<std::uint32_t>(heads_.size() - 1), at.block, at.offset,
                       static_cast<std::uint32_t>(message.tail.size())});
  bytes_ += sizeof(Message);
  tails_ += message.tail.size();
}

void HandoffBatch::clear() noexcept {
  heads_.clear();
  messages_.clear();
  targets_.clear();
  blocks_.resize(1);
  copies_.clear();
  bytes_ = 0;
  tails_ = 0;
}

Handoff::~Handoff() {
  for (std::size_t i = head_; i != tail_; ++i) delete ring_[i % kBatches];
  for (std::size_t i = spare_head_; i != spare_tail_; ++i) delete spares_[i % kSpares];
}

Handoff::Passed Handoff::pass() {
  if (filling_->empty()) return Passed::quiet;
  const std::size_t tail = tail_.load(std::memory_order_relaxed);
  if (tail - head_.load(std::memory_order_acquire) == kBatches) return Passed::full;
  in_flight_.fetch_add(filling_->bytes(), std::memory_order_acq_rel);
  ring_[tail % kBatches] = filling_.release();
  filling_ = take_spare();
  // Sequentially consistent, as the consumer's last look in take() is: either it sees the batch, or
  // we see that it has gone to sleep.
  tail_.store(tail + 1);
  return awake_.exchange(true) ? Passed::quiet : Passed::wake;
}

std::unique_ptr<HandoffBatch> Handoff::take_spare() {
  const std::size_t head = spare_head_.load(std::memory_order_relaxed);
  if (head == spare_tail_.load(std::memory_order_acquire)) return std::make_unique<HandoffBatch>();
  std::unique_ptr<HandoffBatch> spare(spares_[head % kSpares]);
  spare_head_.store(head + 1, std::memory_order_release);
  return spare;
}

void Handoff::give_spare(std::unique_ptr<HandoffBatch> batch) {
  if (batch->capacity() > kLargestSpare) return;
  const std::size_t tail = spare_tail_.load(std::memory_order_relaxed);
  if (tail - spare_head_.load(std::memory_order_acquire) == kSpares) return;
  spares_[tail % kSpares] = batch.release();
  spare_tail_.store(tail + 1, std::memory_order_release);
}

bool Handoff::ask_for_room() {
  wants_room_.store(true);
  if (!has_room()) return true;
  wants_room_.store(false);
  return false;
}

std::unique_ptr<HandoffBatch> Handoff::take() {
  const std::size_t head = head_.load(std::memory_order_relaxed);
  if (head == tail_.load()) {
    awake_.store(false);
    if (head == tail_.load()) return nullptr;
    // One came in between; if its producer wakes us as well, that turn finds nothing.
    awake_.store(true);
  }
  std::unique_ptr<HandoffBatch> batch(ring_[head % kBatches]);
  head_.store(head + 1, std::memory_order_release);
  return batch;
}

bool Handoff::done(std::unique_ptr<HandoffBatch> batch) {
  in_flight_.fetch_sub(batch->bytes());
  batch->clear();
  give_spare(std::move(batch));
  return wants_room_.exchange(false);
}

}  // namespace slim::link
