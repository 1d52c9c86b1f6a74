/// What the admin listener answers (docs/operations.md).
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include <slim/admin/http.hpp>
#include <slim/admin/metrics.hpp>
#include <slim/admin/source.hpp>

namespace slim::admin {

/// Thread: the admin listener's, unless a method says otherwise. Outlives the workers, which answer
/// some questions.
class Api {
 public:
  /// `token`: what others than this machine have to show, without it some paths are closed to them.
  /// `process` must outlive this.
  Api(ProcessSource& process, ProcessFacts facts, std::string token);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  void handle(const Request& request, const Respond& respond);
  /// Thread: any.
  void set_token(std::string token);

 private:
  struct Path;
  [[nodiscard]] static const Path* find(const std::string& path);
  /// The refusal, or status 200.
  [[nodiscard]] Response admit(const Request& request, const Path& path) const;
  [[nodiscard]] NodeSource* node_for(const Request& request) const;

  void healthz(const Request& request, const Respond& respond);
  void readyz(const Request& request, const Respond& respond);
  void metrics(const Request& request, const Respond& respond);
  void version(const Request& request, const Respond& respond);
  void connections(const Request& request, const Respond& respond);
  void closed(const Request& request, const Respond& respond);
  void subscriptions(const Request& request, const Respond& respond);
  void explain(const Request& request, const Respond& respond);
  void configuration(const Request& request, const Respond& respond);
  void log_filter(const Request& request, const Respond& respond);

  ProcessSource& process_;
  ProcessFacts facts_;
  mutable std::mutex token_mutex_;
  std::string token_;
  Metrics metrics_;
  /// Questions that workers have not answered yet: not more than a few at a time.
  std::shared_ptr<std::atomic<int>> asking_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace slim::admin
