// SPDX-License-Identifier: Apache-2.0
#include "ops/metrics/metric.hpp"

namespace millrace {

// One line a metric; each is defined in the file of its name.
MetricTableRow accuracy_row();
MetricTableRow binary_accuracy_row();
MetricTableRow categorical_accuracy_row();
MetricTableRow mean_absolute_error_row();

std::span<const MetricTableRow> metric_table() {
  static const std::vector<MetricTableRow> table{accuracy_row(), binary_accuracy_row(), categorical_accuracy_row(),
                                                 mean_absolute_error_row()};
  return table;
}

const MetricTableRow& metric_row(std::string_view name) { return find_row(metric_table(), "metric", name); }

OpConfig parse_metric(const std::string& text) {
  OpConfig config = parse_op(text, [](std::string_view name) { return metric_row(name).options(Semantics::keras); });
  config.op = metric_row(config.op).name;
  return config;
}

std::shared_ptr<const Metric> make_metric(const OpConfig& config) { return metric_row(config.op).make(config); }

}  // namespace millrace
