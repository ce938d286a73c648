// SPDX-License-Identifier: Apache-2.0
#include "report/measure/histogram.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

namespace millrace::report {

namespace {

TEST(Histogram, EdgesAreRoundAndEveryValueCounts) {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(0.123457 + 0.00917 * i);
  const Histogram histogram = histogram_of(values, {}, 20);
  EXPECT_EQ(std::accumulate(histogram.counts.begin(), histogram.counts.end(), 0.0), 1000);
  for (const double edge : histogram.edges)
    EXPECT_NEAR(edge * 2, std::round(edge * 2), 1e-9) << "halves are round here";
}

TEST(Histogram, FarValuesCountInTheBinsAtTheEnds) {
  std::vector<double> values(100);
  std::iota(values.begin(), values.end(), 0.0);
  values.push_back(1e12);
  values.push_back(-1e12);
  const Histogram histogram = histogram_of(values, {}, 10);
  EXPECT_LE(histogram.counts.size(), 25U);
  EXPECT_EQ(std::accumulate(histogram.counts.begin(), histogram.counts.end(), 0.0), 102);
}

TEST(Histogram, WholeNumbersAreInTheMiddleOfTheirBins) {
  const Histogram histogram = histogram_of({1, 1, 2, 3, 3, 3}, {}, 10);
  ASSERT_EQ(histogram.counts, (std::vector<double>{2, 1, 3}));
  EXPECT_EQ(histogram.edges.front(), 0.5);
}

TEST(Histogram, CountsWeightsAndLeavesOutWhatIsNotFinite) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const Histogram histogram = histogram_of({1, none, 2}, {2, 100, 3}, 10);
  EXPECT_EQ(histogram.counts, (std::vector<double>{2, 3}));
  EXPECT_TRUE(histogram_of({none}, {}, 10).counts.empty());
  EXPECT_EQ(histogram_of({7, 7, 7}, {}, 10).counts, std::vector<double>{3});
}

}  // namespace

}  // namespace millrace::report
