#include "handoff.hpp"

namespace slim::link {

void HandoffBatch::add(std::span<const forward::LinkRef> targets,
                       const forward::Departure& message) {
  const std::size_t offset = block_.size();
  if (!message.owner) block_.insert(block_.end(), message.bytes.begin(), message.bytes.end());
  messages_.push_back({message.view, message.ttl, message.incoming_conn, message.from, message.flow,
                       static_cast<std::uint32_t>(targets_.size()),
                       static_cast<std::uint32_t>(targets.size()), offset, message.bytes.size(),
                       message.owner});
  targets_.insert(targets_.end(), targets.begin(), targets.end());
  bytes_ += sizeof(Message) + targets.size_bytes() + message.bytes.size();
}

void HandoffBatch::clear() noexcept {
  messages_.clear();
  targets_.clear();
  block_.clear();
  bytes_ = 0;
}

Handoff::~Handoff() {
  for (std::size_t i = head_; i != tail_; ++i) delete ring_[i % kBatches];
  delete spare_.load();
}

Handoff::Passed Handoff::pass() {
  if (filling_->empty()) return Passed::quiet;
  const std::size_t tail = tail_.load(std::memory_order_relaxed);
  if (tail - head_.load(std::memory_order_acquire) == kBatches) return Passed::full;
  in_flight_.fetch_add(filling_->bytes(), std::memory_order_acq_rel);
  ring_[tail % kBatches] = filling_.release();
  filling_.reset(spare_.exchange(nullptr, std::memory_order_acquire));
  if (!filling_) filling_ = std::make_unique<HandoffBatch>();
  // Sequentially consistent, as the consumer's last look in take() is: either it sees the batch, or
  // we see that it has gone to sleep.
  tail_.store(tail + 1);
  return awake_.exchange(true) ? Passed::quiet : Passed::wake;
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
  delete spare_.exchange(batch.release(), std::memory_order_acq_rel);
  return wants_room_.exchange(false);
}

}  // namespace slim::link
