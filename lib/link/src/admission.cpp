#include <slim/link/admission.hpp>

namespace slim::link {

bool Admission::try_enter() {
  // Listeners all run on one worker, so that two cannot take the last place.
  if (connections_ < limits_.connections && handshakes_ < limits_.handshakes) {
    ++connections_;
    ++handshakes_;
    return true;
  }
  waiting_ = true;
  // Room that came before we said that we wait would not be told of: look again.
  if (connections_ >= limits_.connections || handshakes_ >= limits_.handshakes) return false;
  waiting_ = false;
  return try_enter();
}

void Admission::handshake_over() {
  --handshakes_;
  notify_if_waiting();
}

void Admission::leave() {
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
