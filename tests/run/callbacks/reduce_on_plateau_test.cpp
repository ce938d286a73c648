// SPDX-License-Identifier: Apache-2.0
//
// ReduceOnPlateau on given values, compared with Keras and PyTorch.
#include <gtest/gtest.h>

#include "run/callbacks/outcome.hpp"

namespace millrace::test {
namespace {

TEST(ReduceOnPlateau, CountsAsKerasDoes) {
  const ReduceOnPlateau options{.factor = 0.5, .patience = 2, .cooldown = 1};
  const Outcome outcome = outcome_of(options, {1, 1, 1, 1, 1, 1, 1});
  EXPECT_EQ(outcome.falls, (std::vector<std::int64_t>{3, 5, 7}));
  EXPECT_DOUBLE_EQ(outcome.rate, 0.0125);
  // min_delta is absolute, 1e-4.
  EXPECT_EQ(outcome_of(ReduceOnPlateau{.patience = 1}, {1, 0.99995}).falls, std::vector<std::int64_t>{2});
  EXPECT_EQ(outcome_of(ReduceOnPlateau{.patience = 1}, {1, 0.9998}).falls, std::vector<std::int64_t>{});
}

TEST(ReduceOnPlateau, CountsAsPyTorchDoes) {
  const CallbackConfig options = [] {
    CallbackConfig config("reduce_on_plateau");
    config.options = {{"factor", 0.5}, {"patience", std::int64_t{2}}, {"cooldown", std::int64_t{1}}};
    return config;
  }();
  EXPECT_EQ(outcome_of(options, {1, 1, 1, 1, 1, 1, 1, 1}, Semantics::torch).falls, (std::vector<std::int64_t>{4, 8}));
  // min_delta is relative, 1e-4: an improvement from 1000 by 0.01 does not count.
  CallbackConfig quick = options;
  quick.options["patience"] = std::int64_t{0};
  EXPECT_EQ(outcome_of(quick, {1000, 999.99}, Semantics::torch).falls, std::vector<std::int64_t>{2});
  EXPECT_EQ(outcome_of(quick, {1000, 999.8}, Semantics::torch).falls, std::vector<std::int64_t>{});
}

TEST(ReduceOnPlateau, KeepsTheMinimalRate) {
  const Outcome outcome = outcome_of(ReduceOnPlateau{.patience = 1, .min_learning_rate = 0.004}, {1, 1, 1, 1, 1});
  EXPECT_EQ(outcome.falls, (std::vector<std::int64_t>{2, 3}));
  EXPECT_DOUBLE_EQ(outcome.rate, 0.004);
}

}  // namespace
}  // namespace millrace::test
