// SPDX-License-Identifier: Apache-2.0
#include "threads/background_job.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "threads/thread_limit.hpp"

namespace millrace {
namespace {

TEST(BackgroundJob, RunsWhileTheCallerGoesOn) {
  std::atomic<bool> may_end{false}, ended{false};
  BackgroundJob job;
  EXPECT_FALSE(job.running());
  job.start([&] {
    while (!may_end) std::this_thread::yield();
    ended = true;
  });
  EXPECT_TRUE(job.running());
  EXPECT_FALSE(ended);
  may_end = true;
  job.finish();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(job.running());
}

TEST(BackgroundJob, BeginsWhenTheJobBeforeItHasEnded) {
  std::atomic<int> now{0}, most{0};
  {
    BackgroundJob job;
    for (int i = 0; i < 20; ++i) {
      job.start([&] {
        most = std::max(most.load(), ++now);
        std::this_thread::yield();
        --now;
      });
    }
  }
  EXPECT_EQ(most, 1);
  EXPECT_EQ(now, 0) << "the destructor does not wait";
}

TEST(BackgroundJob, GivesItsErrorOnce) {
  BackgroundJob job;
  job.start([] { throw std::runtime_error("full"); });
  EXPECT_THROW(job.finish(), std::runtime_error);
  job.finish();
  job.start([] { throw std::runtime_error("full"); });
  bool ran = false;
  EXPECT_THROW(job.start([&] { ran = true; }), std::runtime_error);
  job.finish();
  EXPECT_FALSE(ran);
}

// A thread that cannot start makes the job neither lost nor one that runs for ever.
void expect_to_run_at_once(std::thread (*start)(const std::function<void()>&)) {
  const auto really_start = std::exchange(detail::start_thread, start);
  BackgroundJob job;
  bool ran = false;
  job.start([&] { ran = true; });
  detail::start_thread = really_start;
  EXPECT_TRUE(ran);
  EXPECT_FALSE(job.running());
}

TEST(BackgroundJob, RunsAtOnceIfThereIsNoThread) {
  expect_to_run_at_once(
      [](const std::function<void()>&) -> std::thread { throw std::system_error(EAGAIN, std::generic_category()); });
}

TEST(BackgroundJob, RunsAtOnceIfThereIsNoMemoryForAThread) {
  expect_to_run_at_once([](const std::function<void()>&) -> std::thread { throw std::bad_alloc(); });
}

}  // namespace
}  // namespace millrace
