/// A hub's view of its worker's event loop.
#pragma once

#include <slim/link/hub.hpp>
#include <slim/node/runtime.hpp>

namespace slim::node {

/// Thread: owner worker, but for post(), stand_in() and is_current().
class LoopExecutor final : public link::Executor, transport::TurnTask {
 public:
  LoopExecutor(Runtime& runtime, unsigned worker) : runtime_(runtime), worker_(worker) {}
  ~LoopExecutor() override { loop().forget(*this); }
  void serve(link::Hub& hub) noexcept { hub_ = &hub; }

  [[nodiscard]] base::Instant now() const noexcept override { return runtime_.loop(worker_).now(); }
  base::TimerId after(base::Duration delay, std::function<void()> callback) override {
    return loop().after(delay, std::move(callback));
  }
  void cancel(base::TimerId timer) noexcept override { loop().cancel(timer); }
  void request_turn_end() override { loop().at_turn_end(*this, transport::Phase::early); }
  [[nodiscard]] bool is_current() const noexcept override { return runtime_.is_current(worker_); }
  void post(std::function<void()> work) override { loop().post(std::move(work)); }
  bool stand_in(const std::function<void()>& work) override { return loop().stand_in(work); }

 private:
  [[nodiscard]] transport::Loop& loop() noexcept { return runtime_.loop(worker_); }
  void end_of_turn() override { hub_->end_turn(); }

  Runtime& runtime_;
  unsigned worker_;
  link::Hub* hub_ = nullptr;
};

}  // namespace slim::node
