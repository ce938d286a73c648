// SPDX-License-Identifier: Apache-2.0
#include "threads/tasks.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "support/expect_error.hpp"

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

TEST(Tasks, SayHowManyThreadsTheSystemAllows) {
  static std::thread (*const really_start)(const std::function<void()>&) = detail::start_thread;
  static int left = 0;
  left = 100;
  detail::start_thread = [](const std::function<void()>& body) {
    if (left-- == 0) throw std::system_error(EAGAIN, std::generic_category());
    return really_start(body);
  };
  test::expect_error(ErrorKind::environment,
                     {"[threads] the system allows ", " of 900 threads, expected threads=1", "(ulimit -u)"},
                     [] { run_tasks(900, {.leader = [] {}, .worker = [](int) {}, .leader_is_done = [] {}}); });
  detail::start_thread = really_start;
}

}  // namespace
}  // namespace millrace
