/// Messages from one worker to links of another, a batch a turn.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include <slim/forward/egress.hpp>

namespace slim::link {

/// What one worker hands over at the end of a turn. Small messages lie one behind the other in one
/// block, large ones are shared; a batch that was dealt with is used again, so that a steady flow
/// allocates nothing.
class HandoffBatch {
 public:
  struct Message {
    wire::MessageView view;
    std::uint32_t ttl;
    std::uint64_t incoming_conn;
    forward::LinkType from;
    std::uint64_t flow;
    std::uint32_t first_target;
    std::uint32_t target_count;
    std::size_t offset;  ///< in the block, where the message has no owner
    std::size_t size;
    base::SharedBytes owner;
  };

  void add(std::span<const forward::LinkRef> targets, const forward::Departure& message);
  void clear() noexcept;
  [[nodiscard]] bool empty() const noexcept { return messages_.empty(); }
  /// What the batch keeps in memory, about.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  [[nodiscard]] const std::vector<Message>& messages() const noexcept { return messages_; }
  [[nodiscard]] base::ByteView bytes_of(const Message& message) const noexcept {
    return message.owner ? message.owner.view().first(message.size)
                         : base::ByteView(block_).subspan(message.offset, message.size);
  }
  [[nodiscard]] std::span<const forward::LinkRef> targets_of(
      const Message& message) const noexcept {
    return std::span(targets_).subspan(message.first_target, message.target_count);
  }

 private:
  std::vector<Message> messages_;
  std::vector<forward::LinkRef> targets_;
  std::vector<base::Byte> block_;
  std::size_t bytes_ = 0;
};

/// A queue between two workers without locks: one side puts, the other takes.
/// Thread: each method says whose it is.
class Handoff {
 public:
  /// `max_bytes` counts from add() until done(); it is overrun by one message at most.
  explicit Handoff(std::size_t max_bytes) : max_bytes_(max_bytes) {}
  Handoff(const Handoff&) = delete;
  Handoff& operator=(const Handoff&) = delete;
  ~Handoff();

  // Producer.
  [[nodiscard]] bool has_room() const noexcept {
    return in_flight_.load(std::memory_order_acquire) + filling_->bytes() < max_bytes_;
  }
  [[nodiscard]] HandoffBatch& filling() noexcept { return *filling_; }
  enum class Passed : std::uint8_t {
    quiet,  ///< the consumer has been told already, or there was nothing to pass
    wake,   ///< the consumer must be told
    full,   ///< no place for a batch: try again in the next turn
  };
  [[nodiscard]] Passed pass();
  /// Asks to be told when there is room. False if there is by now.
  [[nodiscard]] bool ask_for_room();

  // Consumer.
  /// The next batch, or null: then the producer wakes it again.
  [[nodiscard]] std::unique_ptr<HandoffBatch> take();
  /// The batch was dealt with. True if the producer asked for room and must be told.
  [[nodiscard]] bool done(std::unique_ptr<HandoffBatch> batch);

 private:
  static constexpr std::size_t kBatches = 64;

  std::size_t max_bytes_;
  std::unique_ptr<HandoffBatch> filling_ = std::make_unique<HandoffBatch>();
  std::array<HandoffBatch*, kBatches> ring_{};
  std::atomic<HandoffBatch*> spare_{nullptr};
  alignas(64) std::atomic<std::size_t> tail_{0};  ///< batches passed
  alignas(64) std::atomic<std::size_t> head_{0};  ///< batches taken
  alignas(64) std::atomic<std::size_t> in_flight_{0};
  std::atomic<bool> awake_{false};
  std::atomic<bool> wants_room_{false};
};

}  // namespace slim::link
