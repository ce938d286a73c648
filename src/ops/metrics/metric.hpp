// SPDX-License-Identifier: Apache-2.0
//
// What a metric is: sums over rows, and a number from the sums. Sums of parts add up, so a metric streams over batches.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/activations/activation.hpp"
#include "ops/op_text.hpp"

namespace millrace {

struct MetricRows {
  std::int64_t rows = 0, outputs = 0, target_width = 0;
  Strided<const float> prediction;
  Strided<const float> target;
  const float* weights = nullptr;  ///< [rows], or null
};

class Metric {
 public:
  virtual ~Metric() = default;
  [[nodiscard]] virtual std::int64_t state_size() const = 0;
  /// state += the sums over these rows.
  virtual void update(const MetricRows& rows, std::span<double> state) const = 0;
  [[nodiscard]] virtual double result(std::span<const double> state) const = 0;
  /// Throws Error{usage} when the metric makes no sense for such outputs.
  virtual void check(std::int64_t /*outputs*/, std::int64_t /*target_width*/) const {}
};

struct MetricTableRow {
  std::string_view name;
  std::vector<std::string_view> aliases;
  std::string_view summary;
  std::vector<OptionInfo> (*options)(Semantics);
  std::shared_ptr<const Metric> (*make)(const OpConfig& config);
};

[[nodiscard]] std::span<const MetricTableRow> metric_table();
[[nodiscard]] const MetricTableRow& metric_row(std::string_view name);
/// "accuracy", "top_k_accuracy:k=3".
[[nodiscard]] OpConfig parse_metric(const std::string& text);
[[nodiscard]] std::shared_ptr<const Metric> make_metric(const OpConfig& config);

template <OptionStruct Options, class Implementation>
[[nodiscard]] MetricTableRow metric_row_of(std::string_view summary, std::vector<std::string_view> aliases = {}) {
  return {.name = Options::op,
          .aliases = std::move(aliases),
          .summary = summary,
          .options = &describe_options<Options>,
          .make = [](const OpConfig& config) -> std::shared_ptr<const Metric> {
            return std::make_shared<Implementation>(options_from<Options>(config));
          }};
}

}  // namespace millrace
