/// A node's metrics (docs/operations.md), read when they are asked for.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <vector>

#include <slim/admin/source.hpp>

namespace slim::admin {

/// Reads the workers' counters where they are: nothing is registered, nobody waits, and those who
/// count notice nothing. Thread: the admin listener's.
class Metrics final : public prometheus::Collectable {
 public:
  /// Both must outlive it.
  Metrics(const ProcessSource& process, const ProcessFacts& facts)
      : process_(process), facts_(facts) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;
  /// The same in Prometheus' text format 0.0.4, and remembers how long that took.
  [[nodiscard]] std::string text();

 private:
  const ProcessSource& process_;
  const ProcessFacts& facts_;
  double last_scrape_seconds_ = 0;
};

}  // namespace slim::admin
