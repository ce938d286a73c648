// SPDX-License-Identifier: Apache-2.0
#include "threads/crew.hpp"

#include <gtest/gtest.h>
#include <tbb/task_arena.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace millrace {
namespace {

class CrewOf : public ::testing::TestWithParam<int> {};

TEST_P(CrewOf, RunsEveryJobOnceInEveryPhase) {
  Crew crew(GetParam());
  crew.run([&](Crew& team) {
    for (int phase = 0; phase < 2000; ++phase) {
      const std::int64_t jobs = phase % 67;
      std::vector<std::atomic<int>> runs(jobs);
      team.phase(jobs, [&](std::int64_t job, int worker) {
        ASSERT_LT(worker, team.workers());
        runs[job].fetch_add(1);
      });
      for (const auto& count : runs) ASSERT_EQ(count.load(), 1);
    }
  });
}

TEST_P(CrewOf, APhaseSeesEverythingThatThePreviousOneWrote) {
  Crew crew(GetParam());
  std::vector<std::int64_t> values(64, 0);
  crew.run([&](Crew& team) {
    for (int phase = 0; phase < 3000; ++phase) {
      team.phase(64, [&](std::int64_t job, int) { values[job] += 1; });
      team.phase(1, [&](std::int64_t, int) {
        for (const std::int64_t value : values) ASSERT_EQ(value, phase + 1);
      });
    }
  });
}

TEST_P(CrewOf, RethrowsTheExceptionOfAJobAndRunsTheNextPhase) {
  Crew crew(GetParam());
  crew.run([&](Crew& team) {
    for (int i = 0; i < 50; ++i) {
      EXPECT_THROW(team.phase(20,
                              [](std::int64_t job, int) {
                                if (job == 7) throw std::runtime_error("job 7");
                              }),
                   std::runtime_error);
      std::atomic<int> done{0};
      team.phase(20, [&](std::int64_t, int) { done.fetch_add(1); });
      EXPECT_EQ(done.load(), 20);
    }
  });
}

TEST_P(CrewOf, EndsIfTheLeaderThrows) {
  Crew crew(GetParam());
  EXPECT_THROW(crew.run([](Crew&) { throw std::logic_error("leader"); }), std::logic_error);
  int ran = 0;
  crew.run([&](Crew& team) { team.phase(1, [&](std::int64_t, int) { ++ran; }); });
  EXPECT_EQ(ran, 1);
}

TEST_P(CrewOf, ChangesItsActiveWorkersBetweenPhases) {
  Crew crew(GetParam());
  crew.run([&](Crew& team) {
    for (int i = 0; i < 300; ++i) {
      team.set_active(1 + i % team.workers());
      std::atomic<int> done{0};
      team.phase(40, [&](std::int64_t, int) { done.fetch_add(1); });
      ASSERT_EQ(done.load(), 40);
    }
  });
}

TEST_P(CrewOf, RunsAPhaseAfterAllWorkersHaveFallenAsleep) {
  Crew crew(GetParam());
  crew.run([&](Crew& team) {
    for (int i = 0; i < 5; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      std::atomic<int> done{0};
      team.phase(40, [&](std::int64_t, int) { done.fetch_add(1); });
      ASSERT_EQ(done.load(), 40);
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Workers, CrewOf, ::testing::Values(1, 2, 3, 8),
                         [](const auto& value) { return std::to_string(value.param); });

TEST(Crew, RunsInsideAnArenaOfOneThread) {
  tbb::task_arena narrow(1);
  std::atomic<int> done{0};
  narrow.execute([&] {
    Crew crew(4);
    crew.run([&](Crew& team) { team.phase(100, [&](std::int64_t, int) { done.fetch_add(1); }); });
  });
  EXPECT_EQ(done.load(), 100);
}

TEST(Crew, TwoCrewsRunAtTheSameTime) {
  std::atomic<int> done{0};
  const auto work = [&] {
    Crew crew(3);
    crew.run([&](Crew& team) {
      for (int i = 0; i < 500; ++i) team.phase(10, [&](std::int64_t, int) { done.fetch_add(1); });
    });
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(done.load(), 10000);
}

// Returns how many workers arrive. Every job waits for the others, so only as many threads as jobs can end this phase;
// oneTBB may take a while to start them.
std::size_t threads_that_meet(Crew& team, std::int64_t jobs) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  const auto begin = std::chrono::steady_clock::now();
  const auto all_there = [&] {
    const std::lock_guard lock(mutex);
    return std::ssize(threads) == jobs;
  };
  team.phase(jobs, [&](std::int64_t, int) {
    {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    }
    while (!all_there() && std::chrono::steady_clock::now() - begin < std::chrono::seconds(20))
      std::this_thread::yield();
  });
  return threads.size();
}

TEST(Crew, UsesSeveralThreads) {
  Crew crew(2);
  crew.run([](Crew& team) { EXPECT_EQ(threads_that_meet(team, 2), 2U); });
}

// Five workers ask for four threads of oneTBB; the smaller run takes one of them.
TEST(Crew, ASmallRunTakesNoThreadsFromALargeOne) {
  std::atomic<bool> small_runs{false}, large_is_done{false};
  std::thread other([&] {
    Crew small(2);
    small.run([&](Crew& team) {
      EXPECT_EQ(threads_that_meet(team, 2), 2U);
      small_runs = true;
      while (!large_is_done) std::this_thread::yield();
      EXPECT_EQ(threads_that_meet(team, 2), 2U);
    });
  });
  while (!small_runs) std::this_thread::yield();
  Crew large(5);
  large.run([](Crew& team) { EXPECT_EQ(threads_that_meet(team, 4), 4U); });
  large_is_done = true;
  other.join();
}

}  // namespace
}  // namespace millrace
