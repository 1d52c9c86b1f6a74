#include <algorithm>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <slim/transport/loop.hpp>

namespace slim::transport {

namespace asio = boost::asio;

Loop::Loop(const base::Clock& clock)
    : clock_(clock),
      now_(clock.now()),
      cipher_buffer_(std::make_unique_for_overwrite<base::Byte[]>(kBuffer)) {}

Loop::~Loop() = default;

base::SharedBytes& Loop::read_block() {
  for (base::SharedBytes& block : read_blocks_) {
    if (!block) block = base::SharedBytes::allocate(kBuffer);
    if (block.unique()) return block;
  }
  // All of them wait to be written somewhere: whoever holds the last lets go of it alone.
  return read_blocks_.back() = base::SharedBytes::allocate(kBuffer);
}

void Loop::run() {
  const auto guard = asio::make_work_guard(context_);
  context_.run();
}

void Loop::stop() { context_.stop(); }

void Loop::post(std::function<void()> work) {
  asio::post(context_, [this, work = std::move(work)] {
    begin_turn();
    work();
  });
}

base::TimerId Loop::after(base::Duration delay, base::TimerQueue::Callback callback) {
  const base::TimerId id = timers_.set(now_ + delay, std::move(callback));
  arm();
  return id;
}

void Loop::arm() {
  const auto due = timers_.next_due();
  // A timer that was armed for a cancelled one fires early and finds nothing due: cheaper than
  // arming anew with every cancellation.
  if (!due || *due >= armed_for_) return;
  armed_for_ = *due;
  timer_.expires_at(*due);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    begin_turn();
    armed_for_ = base::Instant::max();
    timers_.run_due(now_);
    arm();
  });
}

void Loop::at_turn_end(TurnTask& task, Phase phase) {
  if (task.asked_) return;
  task.asked_ = true;
  (phase == Phase::early ? early_ : late_).push_back(&task);
  if (turn_.load(std::memory_order_relaxed) == kFree) post_turn();  // before the loop runs
}

void Loop::forget(TurnTask& task) noexcept {
  if (!task.asked_) return;
  task.asked_ = false;
  std::erase(early_, &task);
  std::erase(late_, &task);
  std::replace(running_.begin(), running_.end(), &task, static_cast<TurnTask*>(nullptr));
}

// --- turns ---

bool Loop::try_take_turn() noexcept {
  std::uint32_t free = kFree;
  return turn_.compare_exchange_strong(free, kTaken, std::memory_order_acquire);
}

void Loop::take_turn() noexcept {
  if (try_take_turn()) return;
  // Somebody stands in, for the length of one turn.
  while (turn_.exchange(kAwaited, std::memory_order_acquire) != kFree) turn_.wait(kAwaited);
}

void Loop::give_turn() noexcept {
  if (turn_.exchange(kFree, std::memory_order_release) == kAwaited) turn_.notify_one();
}

void Loop::begin_turn() {
  if (!in_turn_) {
    take_turn();
    in_turn_ = true;
    // Posted handlers run behind those that are ready now: that is the end of the turn.
    asio::post(context_, [this] { end_turn(); });
  }
  now_ = clock_.now();
}

void Loop::end_turn() {
  run_tasks(early_);
  run_tasks(late_);
  in_turn_ = false;
  post_turn();
  give_turn();
}

void Loop::finish_stand_in() {
  run_tasks(early_);
  run_tasks(late_);
  post_turn();
  give_turn();
}

/// What tasks asked for while they ran is due in the next turn.
void Loop::post_turn() {
  if ((early_.empty() && late_.empty()) || turn_posted_) return;
  turn_posted_ = true;
  asio::post(context_, [this] {
    begin_turn();
    turn_posted_ = false;
  });
}

void Loop::run_tasks(std::vector<TurnTask*>& tasks) {
  // A task may ask again, or forget another, while this runs.
  running_.swap(tasks);
  for (std::size_t i = 0; i < running_.size(); ++i) {
    TurnTask* task = std::exchange(running_[i], nullptr);
    if (!task) continue;
    task->asked_ = false;
    task->end_of_turn();
  }
  running_.clear();
}

}  // namespace slim::transport
