// SPDX-License-Identifier: Apache-2.0
#include "cluster/step_time.hpp"

#include <gtest/gtest.h>

#include "cluster/ranks_of_threads.hpp"

namespace millrace::test {
namespace {

// Buckets of a million bytes: with 8 Gb/s, each takes a millisecond to another rank.
StepParts parts() {
  return {.rows = 0.2, .gradients = 0.2, .update = 0, .pass = 0, .bytes = 10'000'000, .buckets = 10, .workers = 1};
}
Link link(double gigabits) { return {.gigabits = gigabits, .exchange = 0}; }

constexpr double near = 1e-9;

TEST(StepTime, OnAPerfectNetworkIsTheArithmeticOfOneRank) {
  StepParts own = parts();
  own.update = 0.03;
  own.pass = 0.001;
  const StepTime two = step_time(own, link(1e12), 2);
  EXPECT_NEAR(two.seconds, 0.1 + 0.1 + 0.03 + 3 * 0.001, 1e-6);
  EXPECT_NEAR(two.waiting, 0, 1e-6);
  EXPECT_NEAR(step_time(own, link(1e12), 4).seconds, 0.05 + 0.05 + 0.03 + 5.0 / 4 * 0.001, 1e-6);
}

TEST(StepTime, MessagesThatTravelWhileGradientsAreComputedTakeNoTime) {
  // A bucket is computed in 10 ms and travels in 1: the last one is waited for.
  Link network = link(8);
  EXPECT_NEAR(step_time(parts(), network, 2).seconds, 0.2 + 0.001, near);
  EXPECT_NEAR(step_time(parts(), network, 2).waiting, 0.001, near);
  network.exchange = 0.0005;
  EXPECT_NEAR(step_time(parts(), network, 2).seconds, 0.2 + 0.001 + 0.0005, near);
}

TEST(StepTime, ASlowNetworkIsTheStepFromTheFirstBucketOn) {
  const StepTime two = step_time(parts(), link(0.08), 2);  // 100 ms a bucket
  EXPECT_NEAR(two.seconds, 0.1 + 0.01 + 10 * 0.1, near);
  EXPECT_NEAR(two.waiting, 10 * 0.1 - 9 * 0.01, near);
}

TEST(StepTime, ThreeRanksSendPartsOfNodesAndOfSums) {
  // Of each bucket, a third of the nodes and a third of the sums to two others each.
  EXPECT_NEAR(step_time(parts(), link(0.08), 3).seconds, (0.2 + 0.02) / 3 + 10 * 0.1 * 4 / 3, near);
}

TEST(StepTime, UpdatesFillTheTimeOfWaiting) {
  StepParts own = parts();
  own.update = 0.5;
  EXPECT_NEAR(step_time(own, link(0.08), 2).seconds, 0.1 + 0.01 + 10 * 0.1 + 0.05, near);
}

TEST(StepTime, MessagesTakeTheTimeOfAThread) {
  Link network = link(8);
  network.byte = 0.5e-9;
  EXPECT_NEAR(step_time(parts(), network, 2).seconds, 0.2 + 10 * 0.0005 + 0.001, near);
  network = link(1e12);
  network.byte = 1e-9;  // the thread is slower than the network
  EXPECT_NEAR(step_time(parts(), network, 2).seconds, 0.2 + 10 * 0.001 + 0.001, near);
  network.byte = 0;
  network.message = 0.002;
  EXPECT_NEAR(step_time(parts(), network, 2).seconds, 0.2 + 10 * 0.002 + 0.002, near);
  StepParts of_two_workers = parts();
  of_two_workers.workers = 2;
  EXPECT_NEAR(step_time(of_two_workers, network, 2).seconds, 0.2 + 10 * 0.001 + 0.002, near);
}

TEST(StepParts, AreThoseOfTheProfileOfSlices) {
  History history;
  history.step_microseconds = 1000;
  history.threads = 2;
  history.phases = {{.name = "rows", .seconds = 4},
                    {.name = "weights", .seconds = 3, .runs = 20, .jobs = 20 * 36},
                    {.name = "reduce", .seconds = 1},
                    {.name = "update", .seconds = 2}};
  const StepParts own = step_parts(history, 1 << 20, {.slices = 3, .wire = "bfloat16"});
  EXPECT_NEAR(own.rows, 400e-6, near);
  EXPECT_NEAR(own.gradients, 300e-6, near);
  EXPECT_NEAR(own.update, 200e-6, near);
  EXPECT_NEAR(own.pass, 25e-6, near) << "three slices are read and one sum is written";
  EXPECT_NEAR(own.of_one_process(), 900e-6, near);
  EXPECT_EQ(own.bytes, 2 << 20);
  EXPECT_EQ(own.buckets, 6) << "two workers have three jobs each in a bucket";
  EXPECT_EQ(own.workers, 2);
}

TEST(StepParts, OfSeveralRanksAreThoseOfTheSlowest) {
  EXPECT_EQ(for_ranks(3,
                      [](Cluster& cluster) {
                        StepParts own = parts();
                        own.rows = cluster.rank() == 1 ? 3 : 2;
                        own.update = cluster.rank() == 2 ? 7 : 5;
                        own.buckets = 4 + cluster.rank();
                        const StepParts all = slowest_parts(cluster, own);
                        EXPECT_EQ(all.rows, 3);
                        EXPECT_EQ(all.gradients, own.gradients);
                        EXPECT_EQ(all.update, 7);
                        EXPECT_EQ(all.buckets, 4);
                      }),
            (std::vector<std::string>{"", "", ""}));
}

}  // namespace
}  // namespace millrace::test
