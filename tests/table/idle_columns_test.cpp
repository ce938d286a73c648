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
            (Notes{"column 'x': every row has the value 2.5, so the column teaches nothing: --ignore x"}));
  EXPECT_EQ(notes_of(30, counting), (Notes{"column 'x': counts the rows from 1001 to 1030; if it only numbers them, it "
                                           "says nothing about other rows: --ignore x"}));
  EXPECT_EQ(notes_of(19, counting), Notes{}) << "few rows";
  EXPECT_EQ(notes_of(30, [](int i) { return std::to_string(i % 7); }), Notes{});
  EXPECT_EQ(notes_of(30, [](int i) { return std::to_string(i) + ".5"; }), Notes{});
  EXPECT_EQ(notes_of(30, [](int i) { return i == 4 ? std::string("") : std::to_string(i); }), Notes{})
      << "a missing cell";
  EXPECT_EQ(notes_of(30, [](int i) { return i % 2 == 0 ? std::string("a") : std::string("b"); }), Notes{}) << "texts";
}

// Of a table with the columns x and y, whose rows row(i) writes.
template <class Row>
Notes copies(const Row& row) {
  std::string text = "x,y\n";
  for (int i = 0; i < 30; ++i) text += row(i) + "\n";
  const test::TemporaryDirectory folder;
  return sentences(copies_of_target(read_table(folder.write("t.csv", text), {.target = "y"}), {"x"}, "y"));
}

TEST(CopiesOfTheTarget, AreNamed) {
  const Notes noted{
      "column 'x': is equal to the target 'y' in all rows; leave it out if it is not known when the model predicts: "
      "--ignore x"};
  const auto twice = [](const std::string& text) { return text + "," + text; };
  EXPECT_EQ(copies([&](int i) { return twice(std::to_string(i * 7 % 30) + ".25"); }), noted);
  EXPECT_EQ(copies([&](int i) { return twice(std::to_string(i % 2)); }), noted) << "classes 0 and 1";
  EXPECT_EQ(copies([&](int i) { return twice(i % 3 == 0 ? "low" : i % 3 == 1 ? "mid" : "high"); }), noted);
  EXPECT_EQ(copies([&](int i) { return i == 17 ? "1.5," : twice(std::to_string(i) + ".25"); }), noted) << "no target";
  EXPECT_EQ(copies([&](int i) { return i == 17 ? "1,2.5" : twice(std::to_string(i) + ".25"); }), Notes{});
  EXPECT_EQ(copies([&](int i) { return i == 17 ? ",2.5" : twice(std::to_string(i) + ".25"); }), Notes{});
  EXPECT_EQ(copies([&](int) { return twice("3.5"); }), Notes{}) << "nothing to learn";
}

}  // namespace
}  // namespace millrace
