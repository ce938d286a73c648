// SPDX-License-Identifier: Apache-2.0
#include "table/idle_columns.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/temporary.hpp"

namespace millrace {
namespace {

using Notes = std::vector<std::string>;

// Of a table with the column x, whose cells cell(i) writes.
template <class Cell>
Notes notes_of(int rows, const Cell& cell) {
  std::string text = "x\n";
  for (int i = 0; i < rows; ++i) text += cell(i) + "\n";
  const test::TemporaryDirectory folder;
  return sentences(idle_columns(read_table(folder.write("t.csv", text)), {"x"}));
}

TEST(IdleColumns, AreNamed) {
  const auto counting = [](int i) { return std::to_string(1001 + i); };
  EXPECT_EQ(notes_of(30, [](int) { return std::string("2.5"); }),
            (Notes{"column 'x': all rows say 2.5, so nothing is learned: --ignore x"}));
  EXPECT_EQ(notes_of(30, counting), (Notes{"column 'x': counts the rows from 1001 to 1030; if it only numbers them, it "
                                           "says nothing about other rows: --ignore x"}));
  EXPECT_EQ(notes_of(19, counting), Notes{}) << "few rows";
  EXPECT_EQ(notes_of(30, [](int i) { return std::to_string(i % 7); }), Notes{});
  EXPECT_EQ(notes_of(30, [](int i) { return std::to_string(i) + ".5"; }), Notes{});
  EXPECT_EQ(notes_of(30, [](int i) { return i == 4 ? std::string("") : std::to_string(i); }), Notes{})
      << "a missing cell";
  EXPECT_EQ(notes_of(30, [](int i) { return i % 2 == 0 ? std::string("a") : std::string("b"); }), Notes{}) << "texts";
}

}  // namespace
}  // namespace millrace
