// SPDX-License-Identifier: Apache-2.0
#include "run/thread_tuner.hpp"

#include <gtest/gtest.h>

#include <map>

namespace millrace {
namespace {

// A machine with given step times by number of threads. For `late` seconds after a change of the number, steps take as
// long as with one thread.
struct Machine {
  std::map<int, double> seconds;
  double late = 0;
  int threads_before = 0;
  double since_change = 0;

  double step(int threads) {
    if (threads != threads_before) since_change = 0;
    threads_before = threads;
    const double result = since_change < late ? seconds[1] : seconds[threads];
    since_change += result;
    return result;
  }
  // Records steps until the tuner has decided; returns how many.
  int steps_until_decided(ThreadTuner& tuner) {
    int steps = 0;
    for (; !tuner.decided() && steps < 100000; ++steps) tuner.record(step(tuner.threads()));
    return steps;
  }
};

TEST(ThreadTuner, ChoosesTheFastest) {
  ThreadTuner tuner(8);
  Machine machine{{{1, 40e-6}, {2, 30e-6}, {4, 25e-6}, {8, 45e-6}}};
  machine.steps_until_decided(tuner);
  EXPECT_EQ(tuner.threads(), 4);
  EXPECT_EQ(tuner.reason(), "median microseconds a step: 40 with 1, 30 with 2, 25 with 4, 45 with 8");
}

TEST(ThreadTuner, IgnoresTheTimeInWhichWorkersWake) {
  ThreadTuner tuner(2);
  Machine machine{{{1, 60e-6}, {2, 37e-6}}, /*late=*/0.4e-3};
  machine.steps_until_decided(tuner);
  EXPECT_EQ(tuner.threads(), 2);
}

TEST(ThreadTuner, GoesOnUntilAStepCounts) {
  ThreadTuner tuner(2);
  for (const double seconds : {0.1e-3, 0.1e-3, 5e-3}) {
    ASSERT_EQ(tuner.threads(), 2);
    tuner.record(seconds);
  }
  EXPECT_EQ(tuner.threads(), 2) << "the late step began before the others had taken long enough to count";
  Machine machine{{{1, 0.05e-3}, {2, 0.1e-3}}};
  machine.steps_until_decided(tuner);
  EXPECT_EQ(tuner.threads(), 1);
  EXPECT_EQ(tuner.reason(), "median microseconds a step: 50 with 1, 100 with 2");
}

TEST(ThreadTuner, DropsSlowCandidatesAfterARound) {
  ThreadTuner tuner(2);
  Machine machine{{{1, 0.25}, {2, 0.13}}};
  EXPECT_LE(machine.steps_until_decided(tuner), 6);
  EXPECT_EQ(tuner.threads(), 2);
}

TEST(ThreadTuner, CorrectsAChoiceMadeOnABusyMachine) {
  ThreadTuner tuner(2);
  Machine busy{{{1, 60e-6}, {2, 90e-6}}}, quiet{{{1, 60e-6}, {2, 37e-6}}};
  busy.steps_until_decided(tuner);
  EXPECT_EQ(tuner.choice(), 1);
  double seconds = 0;
  for (; tuner.choice() == 1 && seconds < 1; seconds += 60e-6) tuner.record(quiet.step(tuner.threads()));
  EXPECT_EQ(tuner.choice(), 2);
  EXPECT_LT(seconds, 0.2);
  EXPECT_EQ(tuner.reason(), "median microseconds a step: 60 with 1, 37 with 2");
}

TEST(ThreadTuner, MeasuresAtGrowingIntervals) {
  ThreadTuner tuner(4);
  Machine machine{{{1, 40e-6}, {2, 30e-6}, {4, 38e-6}}};
  machine.steps_until_decided(tuner);
  std::int64_t steps = 0, others = 0;
  for (double seconds = 0; seconds < 60; ++steps) {
    const int threads = tuner.threads();
    const double took = machine.step(threads);
    tuner.record(took);
    seconds += took;
    others += threads == 2 ? 0 : 1;
    EXPECT_EQ(tuner.choice(), 2);
  }
  EXPECT_LT(static_cast<double>(others), 0.02 * static_cast<double>(steps));
}

TEST(ThreadTuner, KeepsItsChoiceIfAnotherIsHardlyFaster) {
  ThreadTuner tuner(2);
  Machine before{{{1, 40e-6}, {2, 39e-6}}}, after{{{1, 39e-6}, {2, 40e-6}}};
  before.steps_until_decided(tuner);
  for (int step = 0; step < 100'000; ++step) tuner.record(after.step(tuner.threads()));
  EXPECT_EQ(tuner.choice(), 2);
}

TEST(ThreadTuner, UsesAllThreadsUntilItHasDecided) {
  EXPECT_EQ(ThreadTuner(6).threads(), 6);
  const ThreadTuner one(1);
  EXPECT_TRUE(one.decided());
  EXPECT_EQ(one.threads(), 1);
  EXPECT_EQ(one.reason(), "");
}

}  // namespace
}  // namespace millrace
