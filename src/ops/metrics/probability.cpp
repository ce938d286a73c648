// SPDX-License-Identifier: Apache-2.0
//
// Metrics of predicted probabilities.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/fail.hpp"
#include "base/finite.hpp"
#include "millrace/metrics.hpp"
#include "ops/metrics/row_mean.hpp"

namespace millrace {

namespace {

// Clipped as scikit-learn clips doubles, so that the largest loss of a row is 36.04.
double clipped_log(double p) {
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  return std::log(std::clamp(p, epsilon, 1 - epsilon));
}

// -log of the probability of the target; with multilabel, the mean over the outputs. Outputs of several classes become
// shares of their sum, as in the cross-entropy losses: else a row of ones would have no loss whatever its class is.
// Softmax rounded to fp32 does not quite sum to 1 either. A sum of 0 or less, of outputs that are no probabilities, is
// no divisor; NaN is.
class LogLossMetric final : public RowMean<LogLossMetric> {
 public:
  explicit LogLossMetric(const LogLoss& options) : multilabel_(options.multilabel) {}
  bool larger_is_better() const override { return false; }
  void check(std::int64_t outputs, std::int64_t target_width) const override {
    if (multilabel_ || target_width != 1) expect_as_many_targets(LogLoss::op, outputs, target_width);
  }

  double of_row(const MetricBatch& rows, std::int64_t row) const {
    const float* p = rows.prediction.row(row);
    const float* t = rows.target.row(row);
    double sum = 0;
    if (multilabel_ || rows.outputs == 1) {
      for (std::int64_t i = 0; i < rows.outputs; ++i) {
        const auto target = static_cast<double>(t[i]), probability = static_cast<double>(p[i]);
        sum -= target * clipped_log(probability) + (1 - target) * clipped_log(1 - probability);
      }
      return sum / static_cast<double>(rows.outputs);
    }
    const double total = std::accumulate(p, p + rows.outputs, 0.0), divisor = total <= 0 ? 1 : total;
    if (rows.target_width == 1) return -clipped_log(static_cast<double>(p[wanted_class(rows, row)]) / divisor);
    for (std::int64_t i = 0; i < rows.outputs; ++i)
      sum -= static_cast<double>(t[i]) * clipped_log(static_cast<double>(p[i]) / divisor);
    return sum;
  }

 private:
  bool multilabel_;
};

// The expected calibration error (Guo and others, 2017). Rows are binned by the probability predicted for class 1 or,
// with several outputs, for the largest; a bin includes its upper edge. The metric is the mean over the rows of
// |mean probability - accuracy| of their bin.
class CalibrationErrorMetric final : public SumMetric {
 public:
  explicit CalibrationErrorMetric(const CalibrationError& options) : bins_(options.bins) {
    constexpr std::int64_t most = 10000;
    if (bins_ > most)
      fail(ErrorKind::usage, CalibrationError::op,
           "bins is " + std::to_string(bins_) + ", expected at most " + std::to_string(most));
  }
  bool larger_is_better() const override { return false; }
  std::int64_t state_size(std::int64_t) const override { return bins_ + 1; }  // p - correct by bin; weights, or NaN
  void update(const MetricBatch& rows, std::span<double> sums) const override {
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      if (has_nan(rows.prediction.row(r), rows.outputs)) {  // which is in no bin
        sums.back() = std::numeric_limits<double>::quiet_NaN();
        continue;
      }
      const std::int64_t predicted = rows.outputs == 1 ? 0 : first_largest(rows.prediction.row(r), rows.outputs);
      const auto p = static_cast<double>(rows.prediction.row(r)[predicted]);
      const bool right = rows.outputs == 1 ? rows.target.row(r)[0] > 0.5F : predicted == wanted_class(rows, r);
      sums[bin_of(p)] += rows.weight(r) * (p - (right ? 1 : 0));
      sums.back() += rows.weight(r);
    }
  }
  void check(std::int64_t outputs, std::int64_t target_width) const override {
    if (target_width != 1) expect_as_many_targets(CalibrationError::op, outputs, target_width);
  }

 protected:
  double value(std::span<const double> sums) const override {
    if (std::isnan(sums.back())) return sums.back();
    double off = 0;
    for (std::int64_t bin = 0; bin < bins_; ++bin) off += std::abs(sums[bin]);
    return sums.back() > 0 ? off / sums.back() : 0;
  }

 private:
  [[nodiscard]] std::size_t bin_of(double p) const {
    const auto bins = static_cast<double>(bins_);
    return static_cast<std::size_t>(std::clamp(std::ceil(p * bins) - 1, 0.0, bins - 1));
  }
  std::int64_t bins_;
};

}  // namespace

std::vector<MetricRow> probability_metrics() {
  return {metric_row_of<LogLoss, LogLossMetric>("mean of -log of the probability predicted for the target"),
          metric_row_of<CalibrationError, CalibrationErrorMetric>(
              "mean gap between predicted probability and accuracy, over bins", {"ece"})};
}

}  // namespace millrace
