// SPDX-License-Identifier: Apache-2.0
//
// average = micro: the cells of all outputs count together.
#include <gtest/gtest.h>

#include <cmath>

#include "ops/metrics/metric.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

// Three rows of two outputs.
double value_of(const std::string& name, const std::vector<float>& predictions, const std::vector<float>& targets) {
  const std::shared_ptr<const Metric> metric = make_metric(parse_metric(name));
  const MetricBatch rows{3, 2, 2, {predictions.data(), 2}, {targets.data(), 2}};
  std::vector<double> sums(metric->state_size(2));
  metric->update(rows, sums);
  return metric->result(sums, rows);
}

TEST(Metrics, RankTheCellsOfAllOutputsTogether) {
  // Each output by itself ranks its positive rows first. Together 0.4 is positive, and 0.5 and 0.6 are not.
  const std::vector<float> scores{0.9F, 0.4F, 0.6F, 0.3F, 0.5F, 0.2F}, labels{1, 1, 0, 0, 0, 0};
  EXPECT_EQ(value_of("roc_auc", scores, labels), 1);
  EXPECT_EQ(value_of("roc_auc:average=micro", scores, labels), 6.0 / 8);  // of 8 pairs, 2 are the wrong way round
  EXPECT_EQ(value_of("average_precision", scores, labels), 1);
  EXPECT_EQ(value_of("average_precision:average=micro", scores, labels), (1.0 + 2.0 / 4) / 2);
}

TEST(Metrics, TakeOneRootOfAllOutputs) {
  const std::vector<float> predictions{3, 1, 3, 1, 3, 1}, targets{0, 1, 0, 1, 0, 1};
  EXPECT_EQ(value_of("root_mean_squared_error", predictions, targets), 1.5);
  EXPECT_EQ(value_of("root_mean_squared_error:average=micro", predictions, targets), std::sqrt(4.5));
}

TEST(Metrics, RefuseUnknownAverages) {
  for (const char* const name : {"roc_auc", "average_precision", "root_mean_squared_error"})
    expect_error(ErrorKind::usage, {std::string("[") + name + "]", "unknown average 'mikro'", "did you mean 'micro'"},
                 [&] { static_cast<void>(make_metric(parse_metric(name + std::string(":average=mikro")))); });
}

}  // namespace
}  // namespace millrace::test
