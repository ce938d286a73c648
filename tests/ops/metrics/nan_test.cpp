// SPDX-License-Identifier: Apache-2.0
//
// Predictions that are NaN: a metric of them is NaN, not a number that looks like one of a trained model.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ops/metrics/metric.hpp"

namespace millrace {
namespace {

double value_of(const std::string& name, const std::vector<float>& predictions, const std::vector<float>& targets,
                std::int64_t outputs) {
  const std::shared_ptr<const Metric> metric = make_metric(parse_metric(name));
  const MetricBatch rows{
      std::ssize(predictions) / outputs, outputs, 1, {predictions.data(), outputs}, {targets.data(), 1}};
  std::vector<double> sums(metric->state_size(outputs));
  metric->update(rows, sums);
  return metric->result(sums, rows);
}

TEST(Metrics, OfNanAreNan) {
  constexpr std::size_t count = 40;
  std::vector<float> scores(count), targets(count);
  for (std::size_t i = 0; i < count; ++i) {
    scores[i] = static_cast<float>(i * 7 % count) / count;
    targets[i] = i % 3 == 0 ? 1.0F : 0.0F;
  }
  for (const char* const name :
       {"roc_auc", "average_precision", "recall_at_false_positive_rate:rate=0.1", "precision_at_k:k=5", "log_loss",
        "calibration_error", "balanced_accuracy", "precision", "recall", "f_beta", "specificity",
        "matthews_correlation", "mean_absolute_error", "mean_squared_error", "root_mean_squared_error", "r2"}) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(std::isfinite(value_of(name, scores, targets, 1)));
    for (const std::size_t row : {std::size_t{0}, count / 2, count - 1}) {
      std::vector<float> broken = scores;
      broken[row] = std::numeric_limits<float>::quiet_NaN();
      EXPECT_TRUE(std::isnan(value_of(name, broken, targets, 1))) << row;
    }
  }
}

TEST(Metrics, OfNanInOneOfSeveralOutputsAreNan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const char* const name : {"log_loss", "roc_auc", "calibration_error", "precision", "matthews_correlation"}) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(std::isfinite(value_of(name, {0.2F, 0.8F, 0.6F, 0.4F, 0.3F, 0.7F}, {1, 0, 0}, 2)));
    EXPECT_TRUE(std::isnan(value_of(name, {0.2F, 0.8F, 0.6F, nan, 0.3F, 0.7F}, {1, 0, 0}, 2)));
  }
}

TEST(R2, OfEqualTargetsIsNanForNan) {
  EXPECT_EQ(value_of("r2", {1, 2, 2}, {2, 2, 2}, 1), 0);
  EXPECT_TRUE(std::isnan(value_of("r2", {1, std::numeric_limits<float>::quiet_NaN(), 2}, {2, 2, 2}, 1)));
}

}  // namespace
}  // namespace millrace
