// SPDX-License-Identifier: Apache-2.0
#include "run/schedule.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "millrace/layers.hpp"
#include "millrace/losses.hpp"
#include "millrace/schedules.hpp"
#include "support/expect_error.hpp"

namespace millrace::test {
namespace {

// A compiled network of one unit.
struct Compiled {
  explicit Compiled(const ScheduleConfig& schedule, const PaceOptions& pace = {},
                    const OptimizerConfig& optimizer = Sgd{})
      : compiled(network, store,
                 {.optimizer = optimizer, .loss = MeanSquaredError{}, .schedule = schedule, .pace = pace}) {}
  Network network{{{{"x", {2}}}, {{"only", Dense{.units = 1}, {"x"}}}, Semantics::keras}};
  ParameterStore store{network};
  CompiledNetwork compiled;
};

// A linear fall from 1 to 0 over the run.
const PolynomialDecay linear{.end_learning_rate = 0, .initial_learning_rate = 1};

TEST(ScheduleOfRun, EndsWithTheLastStep) {
  const Compiled by_step(linear);
  const auto schedule = schedule_of_run(by_step.compiled, {}, 4, 5);
  EXPECT_DOUBLE_EQ(schedule->learning_rate(0), 1);
  EXPECT_DOUBLE_EQ(schedule->learning_rate(10), 0.5);
  EXPECT_DOUBLE_EQ(schedule->learning_rate(20), 0);
}

TEST(ScheduleOfRun, EndsWithTheLastEpoch) {
  const Compiled by_epoch(linear, {.by_epoch = true});
  const auto schedule = schedule_of_run(by_epoch.compiled, {}, 4, 5);
  EXPECT_DOUBLE_EQ(schedule->learning_rate(1), 0.75);
  EXPECT_DOUBLE_EQ(schedule->learning_rate(4), 0);
}

TEST(ScheduleOfRun, CountsEarlierRunsToo) {
  const Compiled by_step(linear), by_epoch(linear, {.by_epoch = true});
  EXPECT_DOUBLE_EQ(schedule_of_run(by_step.compiled, {.steps = 20}, 4, 5)->learning_rate(20), 0.5);
  EXPECT_DOUBLE_EQ(schedule_of_run(by_epoch.compiled, {.earlier_epochs = 4}, 4, 5)->learning_rate(6), 0.25);
}

// A run that resumes after 2 epochs and 3 steps has the schedule with which it began.
TEST(ScheduleOfRun, IsTheSameForAResumedRun) {
  const Compiled by_step(linear), by_epoch(linear, {.by_epoch = true});
  const TrainingState begin{.steps = 7, .earlier_epochs = 1},
      resumed{.steps = 7 + 2 * 5 + 3, .earlier_epochs = 1, .epoch = 2, .step = 3};
  for (const Compiled* each : {&by_step, &by_epoch}) {
    const auto whole = schedule_of_run(each->compiled, begin, 4, 5),
               rest = schedule_of_run(each->compiled, resumed, 4, 5);
    for (std::int64_t count = 0; count < 30; ++count)
      EXPECT_EQ(rest->learning_rate(count), whole->learning_rate(count)) << count;
  }
}

TEST(ScheduleOfRun, CanBeOfAnyLength) {
  const Compiled by_step(linear);
  const std::int64_t epochs = std::numeric_limits<std::int64_t>::max();
  EXPECT_NEAR(schedule_of_run(by_step.compiled, {}, epochs, 1000)->learning_rate(1000), 1, 1e-9);
}

TEST(ScheduleOfRun, RefusesAMomentumThatTheOptimizerDoesNotHave) {
  const ScheduleConfig cycle = OneCycle{.max_learning_rate = 1, .cycle_momentum = true};
  const Compiled without(cycle), with(cycle, {}, Sgd{.momentum = 0.9});
  expect_error(ErrorKind::usage, {"[one_cycle]", "sets the momentum", "expected an optimizer with"},
               [&] { return schedule_of_run(without.compiled, {}, 1, 10); });
  EXPECT_TRUE(schedule_of_run(with.compiled, {}, 1, 10)->momentum(0).has_value());
}

TEST(ScheduleCount, IsTheStepOrTheEpochOfAllRuns) {
  const TrainingState at{.steps = 40, .earlier_epochs = 3, .epoch = 2};
  EXPECT_EQ(schedule_count({}, at, 41), 41);
  EXPECT_EQ(schedule_count({.by_epoch = true}, at, 41), 5);
}

}  // namespace
}  // namespace millrace::test
