// SPDX-License-Identifier: Apache-2.0
#include "threads/tasks.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace millrace {
namespace {

TEST(Tasks, RunTheLeaderHereAndEveryWorkerOnce) {
  constexpr int workers = 4;
  std::atomic<int> runs[workers] = {};
  std::atomic<bool> stop = false, led = false;
  const auto caller = std::this_thread::get_id();
  run_tasks(workers, {.leader = [&] { led = std::this_thread::get_id() == caller; },
                      .worker = [&](int worker) { ++runs[worker]; },
                      .leader_is_done = [&] { stop = true; }});
  EXPECT_TRUE(led && stop);
  EXPECT_EQ(runs[0], 0);
  for (int worker = 1; worker < workers; ++worker) EXPECT_EQ(runs[worker], 1) << worker;
}

TEST(Tasks, DismissTheWorkersIfTheLeaderThrows) {
  std::atomic<bool> done = false;
  EXPECT_THROW(run_tasks(3, {.leader = [] { throw std::runtime_error("leader"); },
                             .worker =
                                 [&](int) {
                                   while (!done) std::this_thread::yield();
                                 },
                             .leader_is_done = [&] { done = true; }}),
               std::runtime_error);
}

}  // namespace
}  // namespace millrace
