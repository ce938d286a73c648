// SPDX-License-Identifier: Apache-2.0
#include "ops/metrics/metric.hpp"

#include <algorithm>

namespace millrace {

// One line a metric; each is defined in the file of its family.
MetricTableRow accuracy_row();
MetricTableRow binary_accuracy_row();
MetricTableRow subset_accuracy_row();
MetricTableRow categorical_accuracy_row();
MetricTableRow top_k_accuracy_row();
MetricTableRow precision_row();
MetricTableRow recall_row();
MetricTableRow f_beta_row();
MetricTableRow specificity_row();
MetricTableRow balanced_accuracy_row();
MetricTableRow matthews_correlation_row();
MetricTableRow roc_auc_row();
MetricTableRow average_precision_row();
MetricTableRow recall_at_false_positive_rate_row();
MetricTableRow precision_at_k_row();
MetricTableRow log_loss_row();
MetricTableRow calibration_error_row();
MetricTableRow absolute_error_metric_row();
MetricTableRow squared_error_metric_row();
MetricTableRow root_mean_squared_error_row();
MetricTableRow r2_row();

std::span<const MetricTableRow> metric_table() {
  static const std::vector<MetricTableRow> table{accuracy_row(),
                                                 binary_accuracy_row(),
                                                 subset_accuracy_row(),
                                                 categorical_accuracy_row(),
                                                 top_k_accuracy_row(),
                                                 balanced_accuracy_row(),
                                                 precision_row(),
                                                 recall_row(),
                                                 f_beta_row(),
                                                 specificity_row(),
                                                 matthews_correlation_row(),
                                                 roc_auc_row(),
                                                 average_precision_row(),
                                                 recall_at_false_positive_rate_row(),
                                                 precision_at_k_row(),
                                                 log_loss_row(),
                                                 calibration_error_row(),
                                                 absolute_error_metric_row(),
                                                 squared_error_metric_row(),
                                                 root_mean_squared_error_row(),
                                                 r2_row()};
  return table;
}

const MetricTableRow& metric_row(std::string_view name) { return find_row(metric_table(), "metric", name); }

MetricConfig parse_metric(const std::string& text) { return MetricConfig(parse_named(text, &metric_row)); }

MetricConfig resolved(const MetricConfig& given) { return resolved(given, &parse_metric); }

std::shared_ptr<const Metric> make_metric(const MetricConfig& config) {
  const MetricConfig metric = resolved(config);
  return metric_row(metric.op).make(metric);
}

std::string metric_name(const MetricConfig& config) {
  if (config.options.empty()) return config.op;
  const MetricConfig metric = resolved(config);
  return op_text(metric, metric_row(metric.op).options(Semantics::keras));
}

std::vector<std::string> metric_names(std::span<const MetricConfig> configs) {
  std::vector<std::string> names;
  for (const MetricConfig& config : configs) names.push_back(metric_name(config));
  return names;
}

void expect_as_many_targets(std::string_view metric, std::int64_t outputs, std::int64_t target_width) {
  if (outputs == target_width) return;
  fail(ErrorKind::usage, metric,
       std::to_string(outputs) + " outputs and " + std::to_string(target_width) + " target columns, expected as many");
}

std::int64_t first_largest(const float* values, std::int64_t count) {
  return std::max_element(values, values + count) - values;
}

std::int64_t wanted_class(const MetricRows& rows, std::int64_t row) {
  return rows.target_width == 1 ? static_cast<std::int64_t>(rows.target.row(row)[0])
                                : first_largest(rows.target.row(row), rows.target_width);
}

}  // namespace millrace
