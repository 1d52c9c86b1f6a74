#include <vector>

#include <slim/base/timers.hpp>

namespace slim::base {

TimerId TimerQueue::set(Instant when, Callback callback) {
  const std::uint64_t id = ++last_id_;
  by_time_.emplace(Key{when, id}, std::move(callback));
  by_id_.emplace(id, when);
  return TimerId{id};
}

void TimerQueue::cancel(TimerId id) noexcept {
  const auto found = by_id_.find(static_cast<std::uint64_t>(id));
  if (found == by_id_.end()) return;
  by_time_.erase(Key{found->second, found->first});
  by_id_.erase(found);
}

std::optional<Instant> TimerQueue::next_due() const noexcept {
  if (by_time_.empty()) return std::nullopt;
  return by_time_.begin()->first.first;
}

void TimerQueue::run_due(Instant now) {
  const std::uint64_t newest = last_id_;
  auto it = by_time_.begin();
  while (it != by_time_.end() && it->first.first <= now) {
    if (it->first.second > newest) {
      ++it;
      continue;
    }
    Callback callback = std::move(it->second);
    by_id_.erase(it->first.second);
    by_time_.erase(it);
    callback();
    // The callback may have changed anything, so look again from the start.
    it = by_time_.begin();
  }
}

}  // namespace slim::base
