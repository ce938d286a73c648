// SPDX-License-Identifier: Apache-2.0
#include "ops/metrics/metric.hpp"
#include "millrace/catalogue.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "table/target_class.hpp"

namespace millrace {

std::string metric_name(const MetricConfig& config) {
  if (config.options.empty()) return config.op;
  const MetricConfig metric = resolved(config);
  return shortest_text(metric, metric_row(metric.op).options(Semantics::keras));
}

std::vector<std::string> metric_names(std::span<const MetricConfig> configs) {
  std::vector<std::string> names;
  for (const MetricConfig& config : configs) names.push_back(metric_name(config));
  return names;
}

bool is_weighted(const MetricConfig& config) {
  OpConfig weighting{std::string(MetricWeighting::op)};
  const MetricConfig metric = resolved(config);
  if (const auto given = metric.options.find("weighted"); given != metric.options.end())
    weighting.options.insert(*given);
  return options_from<MetricWeighting>(weighting).weighted;
}

MetricConfig at_threshold(const MetricConfig& metric, double threshold, std::int64_t outputs) {
  MetricConfig result = resolved(metric);
  if (result.op == "accuracy" && outputs == 1) result.op = "binary_accuracy";
  const std::vector<OptionInfo> options = metric_row(result.op).options(Semantics::keras);
  if (std::ranges::find(options, "threshold", &OptionInfo::name) != options.end())
    result.options.try_emplace("threshold", threshold);
  return result;
}

void expect_as_many_targets(std::string_view metric, std::int64_t outputs, std::int64_t target_width) {
  if (outputs == target_width) return;
  fail(ErrorKind::usage, metric,
       std::to_string(outputs) + " outputs and " + std::to_string(target_width) +
           " target columns, expected the same number");
}

std::int64_t first_largest(const float* values, std::int64_t count) {
  return std::max_element(values, values + count) - values;
}

std::int64_t wanted_class(const MetricBatch& rows, std::int64_t row) {
  return class_of_targets(rows.target.row(row), rows.target_width);
}

}  // namespace millrace
