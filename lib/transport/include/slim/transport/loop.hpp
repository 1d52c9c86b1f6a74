/// One worker's event loop: sockets, timers, and the end of each turn, where writes are gathered.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <slim/base/bytes.hpp>
#include <slim/base/clock.hpp>
#include <slim/base/shared_bytes.hpp>
#include <slim/base/timers.hpp>

namespace slim::transport {

/// Something to be done once at the end of a turn, however often it was asked for.
class TurnTask {
 public:
  TurnTask() = default;
  TurnTask(const TurnTask&) = delete;
  TurnTask& operator=(const TurnTask&) = delete;
  /// Asking again from here means the next turn.
  virtual void end_of_turn() = 0;

 protected:
  // Virtual for the compiler's sake: the loop, a friend, never destroys a task.
  virtual ~TurnTask() = default;

 private:
  friend class Loop;
  bool asked_ = false;
};

/// Early tasks decide what is to be written, late ones write it: one that an early task asks for
/// runs in the same turn.
enum class Phase : bool { early, late };

/// A turn is what the loop does between two looks at the sockets: all handlers that are ready, then
/// the tasks. Thread: whoever has the turn. That is the loop's own thread from begin_turn() to the
/// end of the turn, or another that stands in for it. Any may call post(), stop() and stand_in().
class Loop {
 public:
  explicit Loop(const base::Clock& clock);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  /// Runs until stop(). Called once, by the thread that owns the loop from then on.
  void run();
  void stop();
  /// Runs `work` on the loop's thread, in a later turn.
  void post(std::function<void()> work);

  /// Runs `work` and then the tasks, as a turn of this loop in the caller's thread. False, and
  /// nothing is done, unless the loop's own thread sleeps. Waking that one is by far the dearest
  /// part of passing on a single message: two system calls and a change of threads.
  template <class Work>
  [[nodiscard]] bool stand_in(Work&& work) {
    if (!try_take_turn()) return false;
    now_ = clock_.now();
    work();
    finish_stand_in();
    return true;
  }

  /// The time at which the current turn began: exact enough for anything but measuring.
  [[nodiscard]] base::Instant now() const noexcept { return now_; }
  /// To be called first by whatever wakes the loop, before it touches anything. Waits for a thread
  /// that stands in.
  void begin_turn();
  base::TimerId after(base::Duration delay, base::TimerQueue::Callback callback);
  void cancel(base::TimerId timer) noexcept { timers_.cancel(timer); }

  /// `task` must live until it ran or forget() was called.
  void at_turn_end(TurnTask& task, Phase phase = Phase::late);
  void forget(TurnTask& task) noexcept;

  /// Space for one read, shared by all of the loop's sockets. Nobody else holds it: what still has
  /// a part of an earlier read keeps that block, and the next read gets another.
  [[nodiscard]] base::SharedBytes& read_block();
  /// The same for ciphertext, which nothing outlives the handler that filled it.
  [[nodiscard]] base::MutableBytes cipher_buffer() noexcept {
    return {cipher_buffer_.get(), kBuffer};
  }

 private:
  static constexpr std::size_t kBuffer = 256 * 1024;
  enum Turn : std::uint32_t { kFree, kTaken, kAwaited };

  void arm();
  void end_turn();
  [[nodiscard]] bool try_take_turn() noexcept;
  void finish_stand_in();
  void take_turn() noexcept;
  void give_turn() noexcept;
  void post_turn();
  void run_tasks(std::vector<TurnTask*>& tasks);

  const base::Clock& clock_;
  base::TimerQueue timers_;
  base::Instant armed_for_ = base::Instant::max();
  base::Instant now_;
  std::vector<TurnTask*> early_;
  std::vector<TurnTask*> late_;
  std::vector<TurnTask*> running_;
  /// Who has it may touch everything else here.
  std::atomic<std::uint32_t> turn_{kFree};
  bool in_turn_ = false;      ///< the own thread has the turn: its end is posted
  bool turn_posted_ = false;  ///< one that nothing woke the loop for
  // The first that is free is used, so that one that is still in the processor's cache comes first;
  // all together as much as one link may have queued. They are made when they are needed.
  static constexpr std::size_t kReadBlocks = 32;
  std::array<base::SharedBytes, kReadBlocks> read_blocks_;
  std::unique_ptr<base::Byte[]> cipher_buffer_;
  // Last, so that what its handlers own still finds the rest when it goes with them.
  boost::asio::io_context context_{1};
  boost::asio::steady_timer timer_{context_};
};

}  // namespace slim::transport
