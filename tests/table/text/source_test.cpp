// SPDX-License-Identifier: Apache-2.0
#include "table/text/source.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

TEST(MatchingFiles, StandInTheOrderOfTheirNames) {
  const test::TemporaryDirectory folder;
  for (const char* const name : {"part-2.csv", "part-10.csv", "part-1.csv", "other.csv"}) folder.write(name, "");
  const auto found = [&](const std::string& pattern) { return matching_files(folder.file(pattern), "csv"); };
  EXPECT_EQ(found("part-*.csv"),
            (std::vector{folder.file("part-1.csv"), folder.file("part-10.csv"), folder.file("part-2.csv")}));
  EXPECT_EQ(found("part-[12].csv").size(), 2U);
  EXPECT_EQ(found("absent.csv"), std::vector{folder.file("absent.csv")}) << "no pattern: opening it says what is wrong";
  folder.write("what?.csv", "");
  folder.write("whatX.csv", "");
  EXPECT_EQ(found("what?.csv"), std::vector{folder.file("what?.csv")}) << "a file with that very name";
  test::expect_error(ErrorKind::data, {"[csv] no file matches the pattern", "absent-*.csv'"},
                     [&] { return found("absent-*.csv"); });
}

}  // namespace
}  // namespace millrace
