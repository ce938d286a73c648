// SPDX-License-Identifier: Apache-2.0
#include "ops/metrics/metric.hpp"

#include "ops/families.hpp"

namespace millrace {

// The rows stand at the end of the file of their family.
std::vector<MetricRow> accuracy_metrics();
std::vector<MetricRow> class_count_metrics();
std::vector<MetricRow> ranking_metrics();
std::vector<MetricRow> probability_metrics();
std::vector<MetricRow> regression_metrics();

std::span<const MetricRow> metric_table() {
  static const std::vector<MetricRow> table = rows_of_families<MetricRow>(
      {accuracy_metrics, class_count_metrics, ranking_metrics, probability_metrics, regression_metrics});
  return table;
}

const MetricRow& metric_row(std::string_view name) { return find_row(metric_table(), "metric", name); }

MetricConfig parse_metric(const std::string& text) { return MetricConfig(parse_named(text, &metric_row)); }

MetricConfig resolved(const MetricConfig& given) { return resolved(given, &parse_metric); }

std::shared_ptr<const Metric> make_metric(const MetricConfig& config) {
  const MetricConfig metric = resolved(config);
  return metric_row(metric.op).make(metric);
}

}  // namespace millrace
