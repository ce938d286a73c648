// SPDX-License-Identifier: Apache-2.0
#include "threads/tickets.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>
#include <vector>

namespace millrace {
namespace {

std::vector<std::int64_t> taken_by(Tickets& tickets, int worker, int most = 1000) {
  std::vector<std::int64_t> jobs;
  for (std::int64_t job; most-- > 0 && (job = tickets.take(tickets.phase(), worker)) != Tickets::none;)
    jobs.push_back(job);
  return jobs;
}

TEST(Tickets, AWorkerTakesTheJobsOfItsHomeFirst) {
  Tickets tickets(3);
  for (int phase = 0; phase < 3; ++phase) {
    tickets.open(8, 3);
    EXPECT_EQ(taken_by(tickets, 1, 3), (std::vector<std::int64_t>{3, 4, 5}));
    EXPECT_EQ(taken_by(tickets, 0, 2), (std::vector<std::int64_t>{0, 1}));
    EXPECT_EQ(taken_by(tickets, 1), (std::vector<std::int64_t>{6, 7, 2}));
    EXPECT_TRUE(taken_by(tickets, 2).empty());
  }
}

TEST(Tickets, HandsOutFewJobsToManyWorkers) {
  Tickets tickets(4);
  tickets.open(1, 4);
  EXPECT_EQ(taken_by(tickets, 3), (std::vector<std::int64_t>{0}));
  tickets.open(3, 2);
  EXPECT_EQ(taken_by(tickets, 1), (std::vector<std::int64_t>{2, 0, 1}));
  tickets.open(0, 4);
  EXPECT_TRUE(taken_by(tickets, 0).empty());
}

TEST(Tickets, HandsOutNoJobsOfAPhaseThatIsOver) {
  Tickets tickets(2);
  tickets.open(2, 2);
  const std::uint64_t old = tickets.phase();
  EXPECT_EQ(taken_by(tickets, 0).size(), 2U);
  tickets.open(6, 2);
  EXPECT_EQ(tickets.take(old, 0), Tickets::none);
  EXPECT_EQ(taken_by(tickets, 0, 1), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(tickets.take(old, 0), Tickets::none);
  EXPECT_EQ(taken_by(tickets, 0).size(), 5U);
}

TEST(Tickets, PhaseNumbersWrapAround) {
  Tickets tickets(2);
  for (std::int64_t phase = 0; phase < (std::int64_t{1} << 24) + 1000; ++phase) {
    tickets.open(2, 2);
    ASSERT_EQ(tickets.take(tickets.phase(), 1), 1);
    ASSERT_EQ(tickets.take(tickets.phase(), 1), 0);
    ASSERT_EQ(tickets.take(tickets.phase(), 0), Tickets::none);
  }
}

// The home of the third worker is empty for half of the range of phase numbers.
TEST(Tickets, AWorkerGetsItsJobsAfterManyPhasesWithoutAny) {
  Tickets tickets(3);
  std::uint64_t old = 0;
  for (std::int64_t phase = 0; phase < (std::int64_t{1} << 23) + 5; ++phase) {
    tickets.open(2, 3);
    ASSERT_EQ(tickets.take(tickets.phase(), 1), 1);
    ASSERT_EQ(tickets.take(tickets.phase(), 1), 0);
    if (phase % (1 << 20) == 1000) old = tickets.phase();
    ASSERT_EQ(tickets.take(old, 2), Tickets::none) << "held for up to 2^20 phases";
  }
  tickets.open(3, 3);
  EXPECT_EQ(taken_by(tickets, 0), (std::vector<std::int64_t>{0, 1, 2}));
}

// A worker that still holds the word of an old phase must not take a job of the new one.
TEST(Tickets, HandsOutEveryJobOnceWhileWorkersAreLate) {
  constexpr int workers = 4, phases = 20'000;
  constexpr std::int64_t jobs = 7;
  Tickets tickets(workers);
  std::vector<std::atomic<int>> runs(jobs);
  std::atomic<std::int64_t> done{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int worker = 1; worker < workers; ++worker) {
    threads.emplace_back([&, worker] {
      while (!stop) {
        const std::uint64_t phase = tickets.phase();
        if (worker == 3) std::this_thread::yield();
        for (std::int64_t job; (job = tickets.take(phase, worker)) != Tickets::none; ++done) ++runs[job];
        std::this_thread::yield();
      }
    });
  }
  for (int phase = 1; phase <= phases; ++phase) {
    const std::int64_t count = phase % (jobs + 1);
    done = 0;
    tickets.open(count, 1 + phase % workers);
    for (std::int64_t job; (job = tickets.take(tickets.phase(), 0)) != Tickets::none; ++done) ++runs[job];
    while (done < count) std::this_thread::yield();
    for (std::int64_t job = 0; job < jobs; ++job)
      ASSERT_EQ(runs[job].exchange(0), job < count ? 1 : 0) << "phase " << phase;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace millrace
