/// Metric families as they are put together for one scrape.
#pragma once

#include <initializer_list>
#include <prometheus/metric_family.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <slim/base/histogram.hpp>

namespace slim::admin {

struct Label {
  std::string_view name;
  std::string value;
};

/// One family; samples are added to it. Lifetime: that of Families, until take().
class Family {
 public:
  Family(std::vector<prometheus::MetricFamily>& all, std::size_t place)
      : all_(all), place_(place) {}

  void add(double value, std::initializer_list<Label> labels = {}) {
    prometheus::ClientMetric& metric = append(labels);
    if (all_[place_].type == prometheus::MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
  }
  void add(std::uint64_t value, std::initializer_list<Label> labels = {}) {
    add(static_cast<double>(value), labels);
  }
  /// The sum of histograms that have the same bounds.
  template <std::size_t N>
  void add(const std::vector<const base::Histogram<N>*>& parts,
           std::initializer_list<Label> labels = {}) {
    prometheus::ClientMetric::Histogram& out = append(labels).histogram;
    for (std::size_t bucket = 0; bucket <= N; ++bucket) {
      for (const auto* part : parts) out.sample_count += part->count(bucket);
      if (bucket == N) break;
      // Without parts there are no bounds either: then only the bucket above all is left.
      if (parts.empty()) continue;
      out.bucket.push_back({out.sample_count, seconds(parts.front()->bounds()[bucket])});
    }
    for (const auto* part : parts) out.sample_sum += seconds(part->sum());
  }

 private:
  static double seconds(base::Duration time) { return std::chrono::duration<double>(time).count(); }
  prometheus::ClientMetric& append(std::initializer_list<Label> labels) {
    prometheus::ClientMetric& metric = all_[place_].metric.emplace_back();
    for (const Label& label : labels) {
      metric.label.push_back({std::string(label.name), label.value});
    }
    return metric;
  }
  std::vector<prometheus::MetricFamily>& all_;
  std::size_t place_;
};

class Families {
 public:
  Family counter(std::string name, std::string help) {
    return begin(std::move(name), std::move(help), prometheus::MetricType::Counter);
  }
  Family gauge(std::string name, std::string help) {
    return begin(std::move(name), std::move(help), prometheus::MetricType::Gauge);
  }
  Family histogram(std::string name, std::string help) {
    return begin(std::move(name), std::move(help), prometheus::MetricType::Histogram);
  }
  [[nodiscard]] std::vector<prometheus::MetricFamily> take() { return std::move(families_); }

 private:
  Family begin(std::string name, std::string help, prometheus::MetricType type) {
    families_.push_back({std::move(name), std::move(help), type, {}});
    return {families_, families_.size() - 1};
  }
  std::vector<prometheus::MetricFamily> families_;
};

/// What the operating system knows of this process.
void add_process_metrics(Families& families);

}  // namespace slim::admin
