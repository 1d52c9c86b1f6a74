#include <algorithm>
#include <limits>

#include <slim/base/assert.hpp>
#include <slim/base/epoch.hpp>

namespace slim::base {

EpochReader::Guard::Guard(EpochReader& reader) noexcept : reader_(reader) {
  SLIM_ASSERT(reader.epoch_.load(std::memory_order_relaxed) == 0);
  reader.epoch_.store(reader.domain_.now_.load());
}

EpochReader::Guard::~Guard() { reader_.epoch_.store(0, std::memory_order_release); }

EpochDomain::~EpochDomain() {
  for (const Retired& r : retired_) r.destroy(r.object, r.context);
}

EpochReader& EpochDomain::add_reader() {
  const std::lock_guard lock(readers_mutex_);
  readers_.push_back(std::unique_ptr<EpochReader>(new EpochReader(*this)));
  return *readers_.back();
}

void EpochDomain::retire(void* object, void (*destroy)(void*, void*), void* context) {
  retired_.push_back({now_.load(), object, destroy, context});
}

std::uint64_t EpochDomain::oldest_active() {
  const std::lock_guard lock(readers_mutex_);
  std::uint64_t oldest = std::numeric_limits<std::uint64_t>::max();
  for (const auto& reader : readers_) {
    const std::uint64_t epoch = reader->epoch_.load();
    if (epoch != 0) oldest = std::min(oldest, epoch);
  }
  return oldest;
}

void EpochDomain::collect() {
  if (retired_.empty()) return;
  now_.fetch_add(1);
  // A reader that entered after the increment loaded a later epoch than the tag of anything retired
  // before it, and therefore follows only the new links.
  const std::uint64_t oldest = oldest_active();
  while (!retired_.empty() && retired_.front().epoch < oldest) {
    const Retired r = retired_.front();
    retired_.pop_front();
    r.destroy(r.object, r.context);
  }
}

}  // namespace slim::base
