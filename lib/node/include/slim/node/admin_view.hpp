/// The process as the admin listener sees it: its runtime and its nodes.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include <slim/admin/source.hpp>
#include <slim/node/node.hpp>
#include <slim/node/runtime.hpp>
#include <slim/settings/configuration.hpp>

namespace slim::node {

/// Thread: what `admin::ProcessSource` declares, the admin listener's; everything else one thread
/// that is no worker, unless a method says otherwise.
class AdminView final : public admin::ProcessSource {
 public:
  /// `since` is when the process began.
  AdminView(Runtime& runtime, std::chrono::steady_clock::time_point since)
      : runtime_(runtime), since_(since) {}

  /// The nodes exist. They have to until the listener has stopped.
  void show(std::vector<admin::NodeSource*> nodes);
  /// The signal to stop has come.
  void begin_stop() noexcept { stopping_ = true; }
  /// All services have started. Thread: any.
  void started();

  // admin::ProcessSource
  [[nodiscard]] std::vector<admin::NodeSource*> nodes() const override;
  [[nodiscard]] std::vector<admin::WorkerState> workers() const override;
  [[nodiscard]] bool stopping() const override { return stopping_; }
  [[nodiscard]] std::optional<double> start_seconds() const override;

 private:
  Runtime& runtime_;
  std::chrono::steady_clock::time_point since_;
  std::vector<admin::NodeSource*> nodes_;
  std::atomic<bool> shown_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<double> start_seconds_{-1};
};

/// `file` is the text that the configuration was read from.
[[nodiscard]] admin::ProcessFacts process_facts(const settings::Configuration& configuration,
                                                const std::string& file);

}  // namespace slim::node
