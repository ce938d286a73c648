// SPDX-License-Identifier: Apache-2.0
//
// The share of correct rows, with Keras's thresholds and ties: an output above 0.5 predicts 1, the first of equal
// scores wins.
#include "base/fail.hpp"
#include "millrace/metrics.hpp"
#include "ops/metrics/row_mean.hpp"

namespace millrace {

namespace {

struct AccuracyOptions : NoOptions {
  static constexpr MetricName op = "accuracy";
};
struct CategoricalOptions : NoOptions {
  static constexpr MetricName op = "categorical_accuracy";
};
struct SubsetOptions {
  static constexpr MetricName op = "subset_accuracy";
  double threshold = 0.5;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("threshold", &SubsetOptions::threshold, "an output above it predicts 1")};
  }
};
template <class Self>
class ShareOfRows : public RowMean<Self> {
 public:
  bool larger_is_better() const override { return true; }
};

double binary_share(const MetricBatch& rows, std::int64_t row, float threshold) {
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < rows.outputs; ++i)
    right += (rows.prediction.row(row)[i] > threshold) == (rows.target.row(row)[i] > 0.5F);
  return rows.outputs == 1 ? static_cast<double>(right)
                           : static_cast<double>(right) / static_cast<double>(rows.outputs);
}

double categorical_share(const MetricBatch& rows, std::int64_t row) {
  return first_largest(rows.prediction.row(row), rows.outputs) == wanted_class(rows, row) ? 1 : 0;
}

void expect_classes(std::string_view metric, std::int64_t outputs) {
  if (outputs < 2) fail(ErrorKind::usage, metric, "1 output, expected one a class; take binary_accuracy");
}

class BinaryAccuracyMetric final : public ShareOfRows<BinaryAccuracyMetric> {
 public:
  explicit BinaryAccuracyMetric(const BinaryAccuracy& options) : threshold_(static_cast<float>(options.threshold)) {}
  void check(std::int64_t outputs, std::int64_t target_width) const override {
    expect_as_many_targets(BinaryAccuracy::op, outputs, target_width);
  }

  double of_row(const MetricBatch& rows, std::int64_t row) const { return binary_share(rows, row, threshold_); }

 private:
  float threshold_;
};

class SubsetAccuracy final : public ShareOfRows<SubsetAccuracy> {
 public:
  explicit SubsetAccuracy(const SubsetOptions& options) : threshold_(static_cast<float>(options.threshold)) {}
  void check(std::int64_t outputs, std::int64_t target_width) const override {
    expect_as_many_targets(SubsetOptions::op, outputs, target_width);
  }

  double of_row(const MetricBatch& rows, std::int64_t row) const {
    return binary_share(rows, row, threshold_) == 1 ? 1 : 0;
  }

 private:
  float threshold_;
};

class CategoricalAccuracy final : public ShareOfRows<CategoricalAccuracy> {
 public:
  explicit CategoricalAccuracy(const CategoricalOptions&) {}
  void check(std::int64_t outputs, std::int64_t) const override { expect_classes(CategoricalOptions::op, outputs); }

  double of_row(const MetricBatch& rows, std::int64_t row) const { return categorical_share(rows, row); }
};

// "accuracy" is binary for one output and categorical for several, as in Keras.
class Accuracy final : public ShareOfRows<Accuracy> {
 public:
  explicit Accuracy(const AccuracyOptions&) {}

  double of_row(const MetricBatch& rows, std::int64_t row) const {
    return rows.outputs == 1 ? binary_share(rows, row, 0.5F) : categorical_share(rows, row);
  }
};

// Equal scores are ranked in the order of the classes, so that k = 1 equals categorical_accuracy.
class TopKAccuracyMetric final : public ShareOfRows<TopKAccuracyMetric> {
 public:
  explicit TopKAccuracyMetric(const TopKAccuracy& options) : k_(options.k) {}
  void check(std::int64_t outputs, std::int64_t) const override {
    expect_classes(TopKAccuracy::op, outputs);
    if (k_ > outputs) {
      fail(ErrorKind::usage, TopKAccuracy::op,
           "k is " + std::to_string(k_) + ", the model has " + std::to_string(outputs) +
               " outputs, expected at most that number");
    }
  }

  double of_row(const MetricBatch& rows, std::int64_t row) const {
    const float* scores = rows.prediction.row(row);
    const std::int64_t wanted = wanted_class(rows, row);
    std::int64_t before = 0;
    for (std::int64_t i = 0; i < rows.outputs; ++i)
      before += scores[i] > scores[wanted] || (scores[i] == scores[wanted] && i < wanted);
    return before < k_ ? 1 : 0;
  }

 private:
  std::int64_t k_;
};

}  // namespace

std::vector<MetricRow> accuracy_metrics() {
  return {metric_row_of<AccuracyOptions, Accuracy>("binary_accuracy for one output, categorical_accuracy for several",
                                                   {"acc"}),
          metric_row_of<BinaryAccuracy, BinaryAccuracyMetric>("share of outputs on the right side of the threshold"),
          metric_row_of<SubsetOptions, SubsetAccuracy>(
              "share of rows with every output on the right side of the threshold"),
          metric_row_of<CategoricalOptions, CategoricalAccuracy>("share of rows whose largest output is the class",
                                                                 {"sparse_categorical_accuracy"}),
          metric_row_of<TopKAccuracy, TopKAccuracyMetric>("share of rows whose class is among the k largest outputs",
                                                          {"top_k", "top_k_categorical_accuracy"})};
}

}  // namespace millrace
