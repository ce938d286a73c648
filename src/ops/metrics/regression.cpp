// SPDX-License-Identifier: Apache-2.0
//
// Errors of predicted numbers. With several outputs, the mean over the outputs, as in scikit-learn; Keras's
// root_mean_squared_error has average = micro.
#include <cmath>
#include <limits>

#include "ops/metrics/averages.hpp"
#include "ops/metrics/row_mean.hpp"

namespace millrace {

namespace {

struct MeanAbsoluteErrorOptions : NoOptions {
  static constexpr MetricName op = "mean_absolute_error";
};
struct MeanSquaredErrorOptions : NoOptions {
  static constexpr MetricName op = "mean_squared_error";
};
struct RootMeanSquaredErrorOptions {
  static constexpr MetricName op = "root_mean_squared_error";
  std::string average = "macro";
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("average", &RootMeanSquaredErrorOptions::average,
              "macro: the mean of the roots of the outputs; micro: one root, of the mean over all outputs")};
  }
};
struct R2Options : NoOptions {
  static constexpr MetricName op = "r2";
};

double error_of(const MetricBatch& rows, std::int64_t row, std::int64_t output) {
  return static_cast<double>(rows.prediction.row(row)[output]) - static_cast<double>(rows.target.row(row)[output]);
}

// The mean over rows and outputs of size(error).
template <class Options, double (*size)(double)>
class MeanError final : public RowMean<MeanError<Options, size>> {
 public:
  explicit MeanError(const Options&) {}
  static constexpr bool of_numbers = true;
  bool larger_is_better() const override { return false; }
  void check(std::int64_t outputs, std::int64_t target_width) const override {
    expect_as_many_targets(Options::op, outputs, target_width);
  }

  double of_row(const MetricBatch& rows, std::int64_t row) const {
    double sum = 0;
    for (std::int64_t i = 0; i < rows.outputs; ++i) sum += size(error_of(rows, row, i));
    return sum / static_cast<double>(rows.outputs);
  }
};

double absolute(double error) { return std::abs(error); }
double square(double error) { return error * error; }

class RootMeanSquaredError final : public SumMetric {
 public:
  explicit RootMeanSquaredError(const RootMeanSquaredErrorOptions& options)
      : micro_(is_micro(RootMeanSquaredErrorOptions::op, options.average)) {}
  static constexpr bool of_numbers = true;
  bool larger_is_better() const override { return false; }
  std::int64_t state_size(std::int64_t outputs) const override { return outputs + 1; }  // by output; weights
  void update(const MetricBatch& rows, std::span<double> sums) const override {
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      const double weight = rows.weight(r);
      for (std::int64_t i = 0; i < rows.outputs; ++i) sums[i] += weight * square(error_of(rows, r, i));
      sums.back() += weight;
    }
  }
  void check(std::int64_t outputs, std::int64_t target_width) const override {
    expect_as_many_targets(RootMeanSquaredErrorOptions::op, outputs, target_width);
  }

 protected:
  double value(std::span<const double> sums) const override {
    if (!(sums.back() > 0)) return 0;
    const auto outputs = static_cast<double>(sums.size() - 1);
    double total = 0;
    for (const double sum : sums.first(sums.size() - 1))
      total += micro_ ? sum / sums.back() : std::sqrt(sum / sums.back());
    return micro_ ? std::sqrt(total / outputs) : total / outputs;
  }

 private:
  bool micro_;
};

// 1 - sum (y - t)^2 / sum (t - mean t)^2. It keeps all rows, because sums of squares of targets far from 0 would
// cancel. For constant targets it is 1 if they are predicted exactly, else 0. For fewer than two rows it is NaN.
class R2 final : public RowsMetric {
 public:
  explicit R2(const R2Options&) {}
  static constexpr bool of_numbers = true;
  bool larger_is_better() const override { return true; }
  void check(std::int64_t outputs, std::int64_t target_width) const override {
    expect_as_many_targets(R2Options::op, outputs, target_width);
  }

 protected:
  double value(const MetricBatch& all) const override {
    if (all.rows < 2) return std::numeric_limits<double>::quiet_NaN();
    double sum = 0;
    for (std::int64_t i = 0; i < all.outputs; ++i) sum += of_output(all, i);
    return sum / static_cast<double>(all.outputs);
  }

 private:
  static double of_output(const MetricBatch& all, std::int64_t output) {
    double targets = 0, weights = 0;
    for (std::int64_t r = 0; r < all.rows; ++r) {
      targets += all.weight(r) * static_cast<double>(all.target.row(r)[output]);
      weights += all.weight(r);
    }
    const double mean = targets / weights;
    double errors = 0, deviations = 0;
    for (std::int64_t r = 0; r < all.rows; ++r) {
      errors += all.weight(r) * square(error_of(all, r, output));
      deviations += all.weight(r) * square(static_cast<double>(all.target.row(r)[output]) - mean);
    }
    if (deviations == 0) return std::isnan(errors) ? errors : errors == 0 ? 1 : 0;
    return 1 - errors / deviations;
  }
};

}  // namespace

std::vector<MetricRow> regression_metrics() {
  return {
      metric_row_of<MeanAbsoluteErrorOptions, MeanError<MeanAbsoluteErrorOptions, absolute>>("mean of |y - t|",
                                                                                             {"mae"}),
      metric_row_of<MeanSquaredErrorOptions, MeanError<MeanSquaredErrorOptions, square>>("mean of (y - t)^2", {"mse"}),
      metric_row_of<RootMeanSquaredErrorOptions, RootMeanSquaredError>("root of mean of (y - t)^2", {"rmse"}),
      metric_row_of<R2Options, R2>("coefficient of determination: share of the variance that is explained",
                                   {"r2_score"})};
}

}  // namespace millrace
