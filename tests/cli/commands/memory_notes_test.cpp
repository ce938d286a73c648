// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/memory_notes.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "support/temporary.hpp"

namespace millrace::cli {
namespace {

using Sentences = std::vector<std::string>;

constexpr double mebibyte = 0x1p20;

TEST(MemoryNotes, SayThatTheDataMayNotFit) {
  const test::TemporaryDirectory folder;
  folder.write("rows", std::string(std::size_t{3} << 20, 'x'));
  const std::string rows = folder.file("rows"), missing = folder.file("missing");
  EXPECT_EQ(memory_notes(mebibyte, 0, {rows, rows, missing}, true),
            (Sentences{"the data have 6MiB, which may take more than the 1MiB that the control group of this process "
                       "allows; beyond them the system ends the program without a message: --memory 1MiB leaves the "
                       "rows in a file"}));
  EXPECT_EQ(memory_notes(2 * mebibyte, 0, {rows}, true), Sentences{});
  EXPECT_EQ(memory_notes(2 * mebibyte, 0, {rows}, false).size(), 1U);
  EXPECT_EQ(memory_notes(2 * mebibyte, 1, {rows}, false), Sentences{});
  EXPECT_EQ(memory_notes(std::numeric_limits<double>::infinity(), 0, {rows}, false), Sentences{});
}

TEST(MemoryNotes, SayThatTheLimitOfTheUserIsLarger) {
  EXPECT_EQ(memory_notes(512 * mebibyte, std::int64_t{1} << 30, {}, true),
            (Sentences{"--memory is 1024MiB, more than the 512MiB that the control group of this process allows; "
                       "beyond them the system ends the program without a message"}));
  EXPECT_EQ(memory_notes(512 * mebibyte, std::int64_t{512} << 20, {}, true), Sentences{});
}

}  // namespace
}  // namespace millrace::cli
