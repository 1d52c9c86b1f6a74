#include <slim/base/log_limit.hpp>

namespace slim::log {

std::optional<std::uint64_t> RateLimit::admit(base::Instant now) noexcept {
  const std::int64_t t = now.time_since_epoch().count();
  std::int64_t next = next_.load(std::memory_order_relaxed);
  if (t < next || !next_.compare_exchange_strong(next, t + period_.count())) {
    held_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  return held_.exchange(0, std::memory_order_relaxed);
}

}  // namespace slim::log
