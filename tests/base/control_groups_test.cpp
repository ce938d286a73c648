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

using Sentences = std::vector<std::string>;

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

TEST_F(MemoryOfControlGroups, SmallerThanTheDataIsSaid) {
  write("rows", std::string(std::size_t{3} << 20, 'x'));
  const std::string rows = root.file("rows"), missing = root.file("missing");
  EXPECT_EQ(memory_notes(mebibyte, 0, {rows, rows, missing}, true),
            (Sentences{"the data have 6MiB, which may take more than the 1MiB that the control group of this process "
                       "allows; beyond them the system ends the program without a message: --memory 1MiB leaves the "
                       "rows in a file"}));
  EXPECT_EQ(memory_notes(2 * mebibyte, 0, {rows}, true), Sentences{});
  EXPECT_EQ(memory_notes(2 * mebibyte, 0, {rows}, false).size(), 1U);
  EXPECT_EQ(memory_notes(2 * mebibyte, 1, {rows}, false), Sentences{});
  EXPECT_EQ(memory_notes(cgroup_memory(root.path()), 0, {rows}, false), Sentences{});
}

TEST_F(MemoryOfControlGroups, SmallerThanTheLimitOfTheUserIsSaid) {
  EXPECT_EQ(memory_notes(512 * mebibyte, std::int64_t{1} << 30, {}, true),
            (Sentences{"--memory is 1024MiB, more than the 512MiB that the control group of this process allows; "
                       "beyond them the system ends the program without a message"}));
  EXPECT_EQ(memory_notes(512 * mebibyte, std::int64_t{512} << 20, {}, true), Sentences{});
}

}  // namespace
}  // namespace millrace
