/// Messages from one worker to links of another, a batch a turn.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include <slim/forward/egress.hpp>

namespace slim::link {

/// What one worker hands over at the end of a turn. Messages stay where they were read, in blocks
/// that the batch holds; those that lie nowhere are copied. A batch that was dealt with is used
/// again, so that a steady flow allocates nothing.
class HandoffBatch {
 public:
  /// What messages that follow each other may have in common: everything in front of their tails.
  /// One flow's messages differ in their tails alone.
  struct Head {
    wire::MessageView view;
    std::uint32_t ttl;
    forward::LinkType from;
    std::uint64_t incoming_conn;
    std::uint64_t flow;
    std::uint32_t first_target;
    std::uint32_t target_count;
    std::uint32_t block;  ///< of `offset`
    std::uint32_t offset;
    std::uint32_t size;
  };
  struct Message {
    std::uint32_t head;
    std::uint32_t block;
    std::uint32_t offset;  ///< of the tail
    std::uint32_t size;
  };

  void add(std::span<const forward::LinkRef> targets, const forward::Departure& message);
  void clear() noexcept;
  [[nodiscard]] bool empty() const noexcept { return messages_.empty(); }
  /// What counts against the bound on messages under way.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// Whether passing it on costs no more than waking somebody for it.
  [[nodiscard]] bool is_small() const noexcept {
    return messages_.size() <= kFew && tails_ <= kFewBytes;
  }
  /// What it keeps after clear(), about.
  [[nodiscard]] std::size_t capacity() const noexcept {
    return copies_.capacity() + heads_.capacity() * sizeof(Head) +
           messages_.capacity() * sizeof(Message);
  }

  [[nodiscard]] const std::vector<Message>& messages() const noexcept { return messages_; }
  /// As add() got it. Lifetime: the batch's, until clear().
  [[nodiscard]] forward::Departure departure(const Message& message) const noexcept {
    const Head& head = heads_[message.head];
    return {head.view,
            bytes_in(head.block, head.offset, head.size),
            bytes_in(message.block, message.offset, message.size),
            blocks_[message.block],
            head.ttl,
            head.incoming_conn,
            head.from,
            head.flow};
  }
  [[nodiscard]] std::span<const forward::LinkRef> targets_of(
      const Message& message) const noexcept {
    const Head& head = heads_[message.head];
    return std::span(targets_).subspan(head.first_target, head.target_count);
  }

 private:
  /// What a block counts on top of the messages in it: the rest of it is kept too, for a moment.
  static constexpr std::size_t kBlockCost = 32 * 1024;
  static constexpr std::size_t kFew = 32;
  static constexpr std::size_t kFewBytes = 64 * 1024;
  [[nodiscard]] bool has_head(std::span<const forward::LinkRef> targets,
                              const forward::Departure& message) const noexcept;
  /// Where bytes lie in a message that was added.
  struct Place {
    std::uint32_t block;
    std::uint32_t offset;
  };
  [[nodiscard]] Place place(base::ByteView bytes, const base::SharedBytes& owner);
  [[nodiscard]] base::ByteView bytes_in(std::uint32_t block, std::uint32_t offset,
                                        std::uint32_t size) const noexcept {
    const base::ByteView all = block == 0 ? base::ByteView(copies_) : blocks_[block].view();
    return all.subspan(offset, size);
  }

  std::vector<Head> heads_;
  std::vector<Message> messages_;
  std::vector<forward::LinkRef> targets_;
  /// The first holds nothing: it stands for `copies_`.
  std::vector<base::SharedBytes> blocks_{1};
  std::vector<base::Byte> copies_;
  std::size_t bytes_ = 0;
  std::size_t tails_ = 0;  ///< bytes of all tails
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
  /// Something was passed and not done.
  [[nodiscard]] bool is_busy() const noexcept {
    return in_flight_.load(std::memory_order_acquire) > 0;
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
  /// Emptied batches that go back to be filled again, and what one may keep allocated, in bytes.
  static constexpr std::size_t kSpares = 4;
  static constexpr std::size_t kLargestSpare = 2 * 1024 * 1024;
  [[nodiscard]] std::unique_ptr<HandoffBatch> take_spare();
  void give_spare(std::unique_ptr<HandoffBatch> batch);

  std::size_t max_bytes_;
  std::unique_ptr<HandoffBatch> filling_ = std::make_unique<HandoffBatch>();
  std::array<HandoffBatch*, kBatches> ring_{};
  std::array<HandoffBatch*, kSpares> spares_{};
  alignas(64) std::atomic<std::size_t> tail_{0};  ///< batches passed
  alignas(64) std::atomic<std::size_t> head_{0};  ///< batches taken
  alignas(64) std::atomic<std::size_t> spare_tail_{0};
  alignas(64) std::atomic<std::size_t> spare_head_{0};
  alignas(64) std::atomic<std::size_t> in_flight_{0};
  std::atomic<bool> awake_{false};
  std::atomic<bool> wants_room_{false};
};

}  // namespace slim::link
