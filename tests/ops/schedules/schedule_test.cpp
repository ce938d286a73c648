// SPDX-License-Identifier: Apache-2.0
#include "ops/schedules/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

std::shared_ptr<const Schedule> schedule_of(const ScheduleConfig& config, const ScheduleRun& run = {0.1, 100},
                                            const PaceOptions& pace = {}) {
  return make_schedule(config, pace, run);
}

TEST(Schedules, FollowTheFormulaOfInverseTimeDecay) {
  const auto smooth = schedule_of(InverseTimeDecay{.decay_steps = 4, .decay_rate = 0.5});
  const auto jumps = schedule_of(InverseTimeDecay{.decay_steps = 4, .decay_rate = 0.5, .staircase = true});
  EXPECT_DOUBLE_EQ(smooth->learning_rate(0), 0.1);
  EXPECT_DOUBLE_EQ(smooth->learning_rate(6), 0.1 / (1 + 0.5 * 1.5));
  EXPECT_DOUBLE_EQ(jumps->learning_rate(6), 0.1 / 1.5);
}

TEST(Schedules, BeginAfterTheWarmUpWithTheirFirstRate) {
  const PaceOptions pace{.warmup = 10, .warmup_start = 0.2};
  const auto plain = schedule_of(StepDecay{.step_size = 5, .gamma = 0.5});
  const auto warm = schedule_of(StepDecay{.step_size = 5, .gamma = 0.5}, {0.1, 100}, pace);
  EXPECT_DOUBLE_EQ(warm->learning_rate(0), 0.02);
  EXPECT_DOUBLE_EQ(warm->learning_rate(5), 0.06);
  for (std::int64_t n = 0; n < 20; ++n) EXPECT_EQ(warm->learning_rate(10 + n), plain->learning_rate(n));
  // Without a schedule, the warm-up ends at the optimizer's rate.
  EXPECT_DOUBLE_EQ(schedule_of(ScheduleConfig{}, {0.3, 100}, pace)->learning_rate(50), 0.3);
}

TEST(Schedules, TakeRateAndLengthOfTheRunByDefault) {
  const ScheduleRun run{0.3, 200};
  EXPECT_DOUBLE_EQ(schedule_of(CosineDecay{}, run)->learning_rate(0), 0.3);
  EXPECT_NEAR(schedule_of(CosineDecay{}, run)->learning_rate(100), 0.15, 1e-15);
  EXPECT_NEAR(schedule_of(CosineDecay{}, run)->learning_rate(200), 0, 1e-15);
  EXPECT_NEAR(schedule_of(CosineDecay{}, run, {.warmup = 100})->learning_rate(150), 0.15, 1e-15);
  EXPECT_DOUBLE_EQ(schedule_of(PolynomialDecay{.end_learning_rate = 0.1}, run)->learning_rate(100), 0.2);
  EXPECT_DOUBLE_EQ(schedule_of(OneCycle{}, run)->learning_rate(59), 0.3);
  EXPECT_DOUBLE_EQ(schedule_of(OneCycle{}, run)->learning_rate(199), schedule_of(OneCycle{}, run)->learning_rate(500));
  EXPECT_TRUE(depends_on_length(CosineDecay{}));
  EXPECT_TRUE(depends_on_length("one_cycle"));
  EXPECT_FALSE(depends_on_length(CosineDecay{.decay_steps = 5}));
  EXPECT_FALSE(depends_on_length(Constant{}));
}

TEST(Schedules, SetTheMomentumInOneCycleIfAsked) {
  EXPECT_FALSE(schedule_of(OneCycle{})->momentum(0).has_value());
  EXPECT_FALSE(schedule_of(CosineDecay{})->momentum(0).has_value());
  EXPECT_FALSE(schedule_of("one_cycle")->momentum(0).has_value());
  const auto torch = schedule_of("one_cycle", {0.1, 100, Semantics::torch});
  EXPECT_DOUBLE_EQ(torch->momentum(0).value(), 0.95);
  EXPECT_DOUBLE_EQ(torch->momentum(29).value(), 0.85) << "where the rate has its peak";
  EXPECT_DOUBLE_EQ(torch->momentum(99).value(), 0.95);
  EXPECT_DOUBLE_EQ(torch->momentum(1000).value(), 0.95);
  const auto warmed = schedule_of("one_cycle", {0.1, 110, Semantics::torch}, {.warmup = 10});
  EXPECT_DOUBLE_EQ(warmed->momentum(3).value(), 0.95);
  EXPECT_DOUBLE_EQ(warmed->momentum(39).value(), 0.85);
}

TEST(Schedules, AreFiniteAtTheLimitsOfTheirOptions) {
  for (const ScheduleConfig& config :
       {ScheduleConfig(OneCycle{.pct_start = 0}), ScheduleConfig(OneCycle{.pct_start = 1}),
        ScheduleConfig(OneCycle{.total_steps = 1}),
        ScheduleConfig(CosineDecayRestarts{.first_decay_steps = 1, .t_mul = 1}),
        ScheduleConfig(PolynomialDecay{.cycle = true}),
        ScheduleConfig(CosineDecay{.warmup_target = 0.5, .warmup_steps = 1000})}) {
    for (const std::int64_t n : {0, 1, 99, 100, 101, 1000000}) {
      const double rate = schedule_of(config)->learning_rate(n);
      EXPECT_TRUE(std::isfinite(rate) && rate >= 0) << config.op << " at " << n << ": " << rate;
    }
  }
}

TEST(Schedules, RefuseOptionsThatDoNotFit) {
  const auto refused = [](const ScheduleConfig& config, std::initializer_list<std::string> parts) {
    expect_error(ErrorKind::usage, parts, [&] { return schedule_of(config); });
  };
  refused("cosin", {"unknown schedule 'cosin'", "cosine_decay", "one_cycle"});
  refused(StepDecay{}, {"[step_decay]", "step_size is 0"});
  refused(StepDecay{.step_size = 1, .initial_learning_rate = -2},
          {"initial_learning_rate is -2, expected a number of 0 or more, or none"});
  refused(PiecewiseConstantDecay{.boundaries = {5}, .values = {1}}, {"1 boundaries and 1 values"});
  refused(PiecewiseConstantDecay{.boundaries = {5, 5}, .values = {1, 2, 3}}, {"each above the one before"});
  refused("piecewise:5,x:1,2,3", {"boundaries is '5,x'"});
  refused(PiecewiseConstantDecay{.boundaries = {5}, .values = {1, -2}},
          {"values is 1,-2, expected numbers of 0 or more"});
  refused(CosineDecay{.warmup_steps = 5}, {"without a warmup_target"});
  refused(CosineDecayRestarts{.t_mul = 0.5}, {"t_mul is 0.5"});
  refused(OneCycle{.max_momentum = 1}, {"max_momentum is 1", "below 1"});
  refused(OneCycle{.anneal_strategy = "cosine"}, {"unknown anneal_strategy 'cosine'", "did you mean 'cos'?"});
}

}  // namespace
}  // namespace millrace::test
