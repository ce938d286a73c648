// SPDX-License-Identifier: Apache-2.0
//
// The share of rows that are right. Thresholds and ties as Keras's: above 0.5 is 1; the first of equal scores wins.
#include <algorithm>

#include "ops/metrics/metric.hpp"

namespace millrace {

namespace {

template <class Self>
struct NoOptions {
  static constexpr auto fields() { return std::tuple{}; }
};
struct AccuracyOptions : NoOptions<AccuracyOptions> {
  static constexpr std::string_view op = "accuracy";
};
struct CategoricalOptions : NoOptions<CategoricalOptions> {
  static constexpr std::string_view op = "categorical_accuracy";
};
struct BinaryOptions {
  static constexpr std::string_view op = "binary_accuracy";
  double threshold = 0.5;
  static constexpr auto fields() {
    return std::tuple{field("threshold", &BinaryOptions::threshold, "above it the prediction is 1")};
  }
};

// Weighted mean of something between 0 and 1 for every row: state {sum, weights}.
class ShareOfRows : public Metric {
 public:
  std::int64_t state_size() const override { return 2; }
  void update(const MetricRows& rows, std::span<double> state) const override {
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      const double weight = rows.weights != nullptr ? static_cast<double>(rows.weights[r]) : 1.0;
      state[0] += weight * share(rows, r);
      state[1] += weight;
    }
  }
  double result(std::span<const double> state) const override { return state[1] > 0 ? state[0] / state[1] : 0; }

 protected:
  [[nodiscard]] virtual double share(const MetricRows& rows, std::int64_t row) const = 0;
};

std::int64_t largest(const float* values, std::int64_t count) {
  return std::max_element(values, values + count) - values;
}

double binary_share(const MetricRows& rows, std::int64_t row, float threshold) {
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < rows.outputs; ++i)
    right += (rows.prediction.row(row)[i] > threshold) == (rows.target.row(row)[i] > 0.5F);
  return static_cast<double>(right) / static_cast<double>(rows.outputs);
}

double categorical_share(const MetricRows& rows, std::int64_t row) {
  const std::int64_t predicted = largest(rows.prediction.row(row), rows.outputs);
  const std::int64_t wanted = rows.target_width == 1 ? static_cast<std::int64_t>(rows.target.row(row)[0])
                                                     : largest(rows.target.row(row), rows.outputs);
  return predicted == wanted ? 1 : 0;
}

class BinaryAccuracy final : public ShareOfRows {
 public:
  explicit BinaryAccuracy(const BinaryOptions& options) : threshold_(static_cast<float>(options.threshold)) {}
  double share(const MetricRows& rows, std::int64_t row) const override { return binary_share(rows, row, threshold_); }
  void check(std::int64_t outputs, std::int64_t target_width) const override {
    if (outputs != target_width)
      fail(ErrorKind::usage, "binary_accuracy",
           std::to_string(outputs) + " outputs and " + std::to_string(target_width) +
               " target columns, expected as many");
  }

 private:
  float threshold_;
};

class CategoricalAccuracy final : public ShareOfRows {
 public:
  explicit CategoricalAccuracy(const CategoricalOptions&) {}
  double share(const MetricRows& rows, std::int64_t row) const override { return categorical_share(rows, row); }
  void check(std::int64_t outputs, std::int64_t) const override {
    if (outputs < 2)
      fail(ErrorKind::usage, "categorical_accuracy", "1 output, expected one a class; take binary_accuracy");
  }
};

// "accuracy": binary for one output, categorical for several, as Keras resolves the name.
class Accuracy final : public ShareOfRows {
 public:
  explicit Accuracy(const AccuracyOptions&) {}
  double share(const MetricRows& rows, std::int64_t row) const override {
    return rows.outputs == 1 ? binary_share(rows, row, 0.5F) : categorical_share(rows, row);
  }
};

}  // namespace

MetricTableRow accuracy_row() {
  return metric_row_of<AccuracyOptions, Accuracy>("binary_accuracy for one output, categorical_accuracy for several",
                                                  {"acc"});
}
MetricTableRow binary_accuracy_row() {
  return metric_row_of<BinaryOptions, BinaryAccuracy>("share of outputs on the right side of the threshold");
}
MetricTableRow categorical_accuracy_row() {
  return metric_row_of<CategoricalOptions, CategoricalAccuracy>("share of rows whose largest output is the class",
                                                                {"sparse_categorical_accuracy"});
}

}  // namespace millrace
