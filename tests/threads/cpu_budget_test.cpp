// SPDX-License-Identifier: Apache-2.0
//
// Budgets of processes in control groups, read from folders that look like /proc and /sys.
#include "threads/cpu_budget.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

class CpuBudgetOf : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root.file(name)).parent_path());
    root.write(name, text);
  }
  [[nodiscard]] CpuBudget read(int affinity = 8) const { return read_cpu_budget(root.path(), affinity, 64); }

  test::TemporaryDirectory root;
};

TEST_F(CpuBudgetOf, AProcessWithoutAGroupIsItsAffinityMask) {
  EXPECT_EQ(read().processors, 8);
  EXPECT_EQ(read().reason, "affinity mask of 8 of 64 processors, no cgroup quota");
}

TEST_F(CpuBudgetOf, Version2IsTheTightestQuotaOfAllGroupsAboveRoundedDown) {
  write("proc/self/cgroup", "0::/outer/inner\n");
  write("sys/fs/cgroup/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/outer/cpu.max", "350000 100000\n");
  write("sys/fs/cgroup/outer/inner/cpu.max", "600000 100000\n");
  EXPECT_EQ(read().processors, 3);
  EXPECT_EQ(read().reason, "cgroup quota of 3.5 processors, 8 in the affinity mask");
  EXPECT_EQ(read(2).processors, 2);
  EXPECT_EQ(read(2).reason, "affinity mask of 2 of 64 processors, a wider cgroup quota");
}

TEST_F(CpuBudgetOf, Version1IsTheQuotaOfItsController) {
  write("proc/self/cgroup", "12:memory:/job\n4:cpu,cpuacct:/job\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "200000\n");
  write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(read().processors, 2);
}

TEST_F(CpuBudgetOf, AQuotaBelowOneProcessorStillIsOne) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/cpu.max", "20000 100000\n");
  EXPECT_EQ(read().processors, 1);
}

TEST_F(CpuBudgetOf, OmpNumThreadsLimitsTheThreadsAndNotTheProcessors) {
  const auto with = [&](const char* omp_threads) { return read_cpu_budget(root.path(), 8, 64, omp_threads); };
  EXPECT_EQ(with("3").threads(), 3);
  EXPECT_EQ(with("3").processors, 8);
  EXPECT_EQ(with("3").reason, "OMP_NUM_THREADS=3, affinity mask of 8 of 64 processors, no cgroup quota");
  EXPECT_EQ(with("2,4").threads(), 2);
  for (const char* const no_limit : {"", "0", "-1", "all", "8", "16", "99999999999"}) {
    EXPECT_EQ(with(no_limit).threads(), 8) << no_limit;
    EXPECT_EQ(with(no_limit).reason, read().reason) << no_limit;
  }
}

TEST(WorkerCount, IsWhatWasAskedForOrTheBudget) {
  EXPECT_EQ(worker_count(3), 3);
  EXPECT_EQ(worker_count(0), cpu_budget().threads());
  for (const int threads : {-1, 1025}) {
    test::expect_error(ErrorKind::usage, {"[threads] " + std::to_string(threads) + " threads, expected 1 to 1024"},
                       [&] { return worker_count(threads); });
  }
}

}  // namespace
}  // namespace millrace
