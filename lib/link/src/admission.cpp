#include <algorithm>

#include <slim/link/admission.hpp>

namespace slim::link {

Admission::Admission(AdmissionLimits limits, unsigned workers)
    : limits_(limits), by_worker_(workers) {}

bool Admission::has_room() {
  const auto room = [this] {
    return connections_ < limits_.connections && handshakes_ < limits_.handshakes;
  };
  if (room()) return true;
  waiting_ = true;
  // Room that came before we said that we wait would not be told of: look again.
  return room();
}

unsigned Admission::enter() {
  ++connections_;
  ++handshakes_;
  const auto least = std::min_element(by_worker_.begin(), by_worker_.end(),
                                      [](const auto& a, const auto& b) { return a < b; });
  // Connections that come one after the other often talk to each other, and a message that stays on
  // its worker costs a third less (docs/performance.md): they go there by twos.
  const bool stays = in_row_ > 0 && in_row_ < kTogether && by_worker_[last_] <= *least + 1;
  in_row_ = stays ? in_row_ + 1 : 1;
  if (!stays) last_ = static_cast<unsigned>(least - by_worker_.begin());
  ++by_worker_[last_];
  return last_;
}

void Admission::handshake_over() {
  --handshakes_;
  notify_if_waiting();
}

void Admission::leave(unsigned worker) {
  --by_worker_[worker];
  --connections_;
  notify_if_waiting();
}

void Admission::on_room(std::function<void()> notify) {
  const std::lock_guard lock(mutex_);
  notify_.push_back(std::move(notify));
}

void Admission::notify_if_waiting() {
  if (!waiting_.exchange(false)) return;
  const std::lock_guard lock(mutex_);
  for (const auto& notify : notify_) notify();
}

}  // namespace slim::link
