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
  ++*least;
  return static_cast<unsigned>(least - by_worker_.begin());
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
