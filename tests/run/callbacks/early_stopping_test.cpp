// SPDX-License-Identifier: Apache-2.0
//
// EarlyStopping on given values, compared with Keras and scikit-learn.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "run/callbacks/outcome.hpp"

namespace millrace::test {
namespace {

TEST(EarlyStopping, WaitsAsKerasDoes) {
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 2}, {5, 4, 4, 4, 4}).stopped, 4);
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 2}, {5, 4, 4, 3, 3, 3}).stopped, 6);
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 2}, {5, 4, 3, 2, 1}).stopped, 0);
  // Without patience the run can end after the second epoch.
  EXPECT_EQ(outcome_of(EarlyStopping{}, {5, 6}).stopped, 2);
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 1, .min_delta = 1}, {5, 4.5, 4.5}).stopped, 2);
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 1, .start_from_epoch = 3}, {1, 2, 3, 4, 5}).stopped, 5);
  const double nan = std::nan("");
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 2}, {5, nan, nan}).stopped, 3);
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 2}, {nan, nan, 5, 4, 4, 4}).stopped, 2);
}

TEST(EarlyStopping, ResetsThePatienceOnlyAboveTheBaseline) {
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 2, .baseline = 3}, {5, 4, 3.5, 3.5}).stopped, 4);
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 2, .baseline = 3}, {5, 4, 2, 3.5, 3.5}).stopped, 5);
}

TEST(EarlyStopping, TakesTheDirectionFromTheMetricOrTheMode) {
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 1, .monitor = "val_accuracy"}, {0.5, 0.6, 0.7, 0.7}).stopped, 4);
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 1, .monitor = "accuracy", .mode = "min"}, {0.5, 0.6}).stopped, 2);
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 1, .mode = "max"}, {5, 4}).stopped, 2);
}

TEST(EarlyStopping, RestoresTheWeightsOfTheBestEpoch) {
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 2, .restore_best_weights = true}, {5, 3, 4, 4}).restored, 2);
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 9, .restore_best_weights = true}, {5, 3, 4, 2}).restored, 4);
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 2}, {5, 3, 4, 4}).restored, 0);
}

// As MLPClassifier._update_no_improvement_count.
TEST(EarlyStopping, CountsAsScikitLearnDoes) {
  const EarlyStopping rule{.patience = 2, .monitor = "val_loss", .min_delta = 0.1, .sklearn_counting = true};
  EXPECT_EQ(outcome_of(rule, {5, 4, 4, 4, 4}).stopped, 5) << "one epoch later than Keras";
  // Each improvement by 0.0625 is less than min_delta, but still becomes the best value.
  EXPECT_EQ(outcome_of(rule, {1, 0.9375, 0.875, 0.8125}).stopped, 4);
  EXPECT_EQ(outcome_of(EarlyStopping{.patience = 2, .min_delta = 0.1}, {1, 0.9375, 0.875, 0.8125}).stopped, 0)
      << "Keras compares with the last improvement that counted";
  EarlyStopping exact = rule;
  exact.min_delta = 0.25;
  EXPECT_EQ(outcome_of(exact, {1, 0.75, 0.5, 0.25}).stopped, 0) << "an improvement by exactly min_delta counts";
  const double nan = std::nan("");
  EXPECT_EQ(outcome_of(rule, {5, nan, nan, nan}).stopped, 4);
  exact.baseline = 0.6;
  EXPECT_EQ(outcome_of(exact, {5, 4, 3, 2}).stopped, 3) << "no epoch is better than the baseline";
}

TEST(EarlyStopping, GivenByNameHasTheDefaultsOfTheSemantics) {
  // scikit-learn: 11 epochs without an improvement of val_accuracy by 1e-4, then the best epoch's weights.
  std::vector<double> scores{0.5, 0.75, 0.7};
  scores.resize(40, 0.75);
  const Outcome outcome = outcome_of("early_stopping", scores, Semantics::sklearn);
  EXPECT_EQ(outcome.stopped, 13);
  EXPECT_EQ(outcome.restored, 2);
  EXPECT_EQ(outcome_of("early_stopping", {1, 2}).stopped, 2) << "Keras: val_loss without patience";
}

// As MLPClassifier._fit_stochastic with SGDOptimizer and learning_rate="adaptive".
TEST(EarlyStopping, AdaptiveDividesTheRateAsScikitLearnDoes) {
  const EarlyStopping rule{
      .patience = 1, .monitor = "val_loss", .min_delta = 0.1, .sklearn_counting = true, .adaptive = true};
  // The rate falls after every two epochs without an improvement; 0.1 / 5^8 is the first rate of at most 1e-6.
  const Outcome flat = outcome_of(rule, std::vector<double>(40, 1.0));
  EXPECT_EQ(flat.falls, (std::vector<std::int64_t>{3, 5, 7, 9, 11, 13, 15, 17}));
  EXPECT_EQ(flat.stopped, 19);
  EXPECT_NEAR(flat.rate, 0.1 / 390625, 1e-20);
  // An improvement by min_delta resets the count; a smaller one does not, but becomes the best value.
  EXPECT_EQ(outcome_of(rule, {5, 5, 4, 4, 3, 3, 2}).falls, std::vector<std::int64_t>{});
  EXPECT_EQ(outcome_of(rule, {1, 0.9375, 0.875, 0.75, 0.6875, 0.625}).falls, (std::vector<std::int64_t>{3, 6}));
  // The same rule written out, on losses that fall unevenly.
  for (const std::int64_t patience : {0, 1, 2, 5}) {
    std::vector<double> losses;
    for (int i = 0; i < 200; ++i) losses.push_back(1 / (1.0 + 0.1 * i) + 0.05 * ((i * 37) % 11) / 11.0);
    const double tol = 0.004;
    double best = std::numeric_limits<double>::infinity(), rate = 0.1;
    std::int64_t count = 0, stopped = 0;
    std::vector<std::int64_t> falls;
    for (std::size_t i = 0; i < losses.size() && stopped == 0; ++i) {
      count = losses[i] > best - tol ? count + 1 : 0;
      best = std::min(best, losses[i]);
      if (count <= patience) continue;
      if (rate <= 1e-6) {
        stopped = static_cast<std::int64_t>(i) + 1;
      } else {
        rate /= 5;
        falls.push_back(static_cast<std::int64_t>(i) + 1);
        count = 0;
      }
    }
    const Outcome outcome = outcome_of(
        EarlyStopping{
            .patience = patience, .monitor = "val_loss", .min_delta = tol, .sklearn_counting = true, .adaptive = true},
        losses);
    EXPECT_EQ(outcome.falls, falls) << patience;
    EXPECT_EQ(outcome.stopped, stopped) << patience;
    EXPECT_NEAR(outcome.rate, rate, 1e-15) << patience;
  }
}

}  // namespace
}  // namespace millrace::test
