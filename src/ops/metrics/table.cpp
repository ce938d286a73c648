// SPDX-License-Identifier: Apache-2.0
#include "ops/metrics/metric.hpp"

namespace millrace {

// One row for each metric, defined in the file of its family.
MetricRow accuracy_row();
MetricRow binary_accuracy_row();
MetricRow subset_accuracy_row();
MetricRow categorical_accuracy_row();
MetricRow top_k_accuracy_row();
MetricRow precision_row();
MetricRow recall_row();
MetricRow f_beta_row();
MetricRow specificity_row();
MetricRow balanced_accuracy_row();
MetricRow matthews_correlation_row();
MetricRow roc_auc_row();
MetricRow average_precision_row();
MetricRow recall_at_false_positive_rate_row();
MetricRow precision_at_k_row();
MetricRow log_loss_row();
MetricRow calibration_error_row();
MetricRow absolute_error_metric_row();
MetricRow squared_error_metric_row();
MetricRow root_mean_squared_error_row();
MetricRow r2_row();

std::span<const MetricRow> metric_table() {
  static const std::vector<MetricRow> table{accuracy_row(),
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

const MetricRow& metric_row(std::string_view name) { return find_row(metric_table(), "metric", name); }

MetricConfig parse_metric(const std::string& text) { return MetricConfig(parse_named(text, &metric_row)); }

MetricConfig resolved(const MetricConfig& given) { return resolved(given, &parse_metric); }

std::shared_ptr<const Metric> make_metric(const MetricConfig& config) {
  const MetricConfig metric = resolved(config);
  return metric_row(metric.op).make(metric);
}

}  // namespace millrace
