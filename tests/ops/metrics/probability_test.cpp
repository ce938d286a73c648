// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ops/metrics/metric.hpp"

namespace millrace {
namespace {

// The log_loss of two rows of three classes.
double log_loss_of(const std::vector<float>& predictions, const std::vector<float>& targets, std::int64_t width) {
  const std::shared_ptr<const Metric> metric = make_metric(parse_metric("log_loss"));
  const MetricBatch rows{2, 3, width, {predictions.data(), 3}, {targets.data(), width}};
  std::vector<double> sums(metric->state_size(3));
  metric->update(rows, sums);
  return metric->result(sums, rows);
}

TEST(LogLoss, TakesOutputsOfClassesAsSharesOfTheirSum) {
  const double wanted = -(std::log(0.25) + std::log(0.5)) / 2;
  for (const float scale : {0.25F, 0.5F, 16.0F}) {
    const std::vector<float> outputs{scale, 2 * scale, scale, 2 * scale, 0, 2 * scale};
    EXPECT_NEAR(log_loss_of(outputs, {0, 2}, 1), wanted, 1e-12) << scale;
    EXPECT_NEAR(log_loss_of(outputs, {1, 0, 0, 0, 0, 1}, 3), wanted, 1e-12) << scale;
  }
}

TEST(LogLoss, OfRowsThatAreNoProbabilitiesIsTheLargest) {
  EXPECT_NEAR(log_loss_of({0, 0, 0, -3, 1, 1}, {0, 0}, 1), 36.04, 0.01);
}

}  // namespace
}  // namespace millrace
