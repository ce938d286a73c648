// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "ops/metrics/metric.hpp"

namespace millrace {

namespace {

struct MeanAbsoluteErrorOptions {
  static constexpr std::string_view op = "mean_absolute_error";
  static constexpr auto fields() { return std::tuple{}; }
};

class MeanAbsoluteErrorMetric final : public Metric {
 public:
  explicit MeanAbsoluteErrorMetric(const MeanAbsoluteErrorOptions&) {}
  std::int64_t state_size() const override { return 2; }  // weighted sum of row means, weights
  void update(const MetricRows& rows, std::span<double> state) const override {
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      const double weight = rows.weights != nullptr ? static_cast<double>(rows.weights[r]) : 1.0;
      double sum = 0;
      for (std::int64_t i = 0; i < rows.outputs; ++i)
        sum += std::abs(static_cast<double>(rows.prediction.row(r)[i]) - static_cast<double>(rows.target.row(r)[i]));
      state[0] += weight * sum / static_cast<double>(rows.outputs);
      state[1] += weight;
    }
  }
  double result(std::span<const double> state) const override { return state[1] > 0 ? state[0] / state[1] : 0; }
  void check(std::int64_t outputs, std::int64_t target_width) const override {
    if (outputs != target_width)
      fail(ErrorKind::usage, "mean_absolute_error",
           std::to_string(outputs) + " outputs and " + std::to_string(target_width) +
               " target columns, expected as many");
  }
};

}  // namespace

MetricTableRow mean_absolute_error_row() {
  return metric_row_of<MeanAbsoluteErrorOptions, MeanAbsoluteErrorMetric>("the mean of |y - t|", {"mae"});
}

}  // namespace millrace
