// SPDX-License-Identifier: Apache-2.0
//
// Limits of memory of control groups, read from folders that look like /proc and /sys. tests/threads/cpu_budget_test.cpp
// does the same for processors.
#include "base/control_groups.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "support/temporary.hpp"

namespace millrace {
namespace {

constexpr double mebibyte = 0x1p20;

class MemoryOfControlGroups : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root.file(name)).parent_path());
    root.write(name, text);
  }
  [[nodiscard]] double limit() const { return cgroup_memory(root.path()); }

  test::TemporaryDirectory root;
};

TEST_F(MemoryOfControlGroups, HasNoLimitWithoutAGroup) { EXPECT_TRUE(std::isinf(limit())); }

TEST_F(MemoryOfControlGroups, OfVersion2IsTheLeastOfAllGroupsAbove) {
  write("proc/self/cgroup", "0::/outer/inner\n");
  write("sys/fs/cgroup/outer/memory.max", "536870912\n");
  write("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  EXPECT_EQ(limit(), 512 * mebibyte);
  write("sys/fs/cgroup/outer/inner/memory.max", "1048576\n");
  EXPECT_EQ(limit(), mebibyte);
}

TEST_F(MemoryOfControlGroups, OfAContainerIsThatOfTheMount) {
  write("proc/self/cgroup", "0::/not/mounted/here\n");
  write("sys/fs/cgroup/memory.max", "268435456\n");
  EXPECT_EQ(limit(), 256 * mebibyte);
}

TEST_F(MemoryOfControlGroups, OfVersion1IsThatOfItsController) {
  write("proc/self/cgroup", "4:cpu:/job\n3:memory:/job\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_TRUE(std::isinf(limit()));
  write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "104857600\n");
  EXPECT_EQ(limit(), 100 * mebibyte);
}

TEST_F(MemoryOfControlGroups, IgnoresWhatIsNoNumber) {
  write("proc/self/cgroup", "0::/\n");
  for (const char* const text : {"", "\n", "-5\n", "much\n", "1e400\n"}) {
    write("sys/fs/cgroup/memory.max", text);
    EXPECT_TRUE(std::isinf(limit())) << text;
  }
}

}  // namespace
}  // namespace millrace
