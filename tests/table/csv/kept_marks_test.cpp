// SPDX-License-Identifier: Apache-2.0
//
// Texts that usually stand for a missing value, and are classes or levels.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "millrace/table.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using Texts = std::vector<std::string>;
using Marks = std::map<std::string, std::int64_t>;

class KeptMarks : public testing::Test {
 protected:
  TableColumn target(const Texts& cells, const TableOptions& options = {.target = "y"}, int rows = 60) {
    std::string text = "x,y,z\n";
    for (int i = 0; i < rows; ++i)
      text += std::to_string(i) + "," + cells[static_cast<std::size_t>(i) % cells.size()] + ",-\n";
    table_ = read_table(folder_.write("t.csv", text), options);
    return table_.column("y");
  }
  [[nodiscard]] std::string level(std::int64_t row) const {
    const TableColumn& column = table_.column("y");
    const float code = table_.values.row(row)[column.place];
    return std::isnan(code) ? "missing" : column.levels.at(static_cast<std::size_t>(code));
  }

  test::TemporaryDirectory folder_;
  Table table_;
};

TEST_F(KeptMarks, ATargetSaysWhichMarksItReads) {
  const TableColumn found = target({"None", "Insomnia", "Sleep Apnea", "-", ""});
  EXPECT_EQ(found.marks, (Marks{{"-", 12}, {"None", 12}}));
  EXPECT_EQ(found.missing, 36);
  ASSERT_EQ(found.obstacles.size(), 1U);
  EXPECT_EQ(
      found.obstacles[0],
      "36 rows have no target: training leaves such rows out; 12 cells say '-', 12 say 'None', and are a class if "
      "--classes names it");
  const TableColumn numbers = target({"1.5", "NA", "2.5"});
  EXPECT_EQ(numbers.kind, ColumnKind::number);
  EXPECT_EQ(numbers.obstacles[0], "20 rows have no target: training leaves such rows out; 20 cells say 'NA'");
  EXPECT_TRUE(table_.column("z").marks.empty()) << "a feature";
}

TEST_F(KeptMarks, AreClassesWhereTheyAreAmongThem) {
  const TableColumn found =
      target({"None", "Insomnia", "NA"}, {.target = "y", .classes = {{"y", {"None", "Insomnia"}}}});
  EXPECT_EQ(found.levels, (Texts{"Insomnia", "None"}));
  EXPECT_EQ(found.missing, 20);
  EXPECT_EQ(level(0), "None");
  EXPECT_EQ(level(2), "missing");
  EXPECT_EQ(table_.column("z").missing, 60) << "another column";
  EXPECT_EQ(target({"1", "2", "None"}, {.target = "y", .classes = {{"y", {"1", "2", "None"}}}}).levels,
            (Texts{"1", "2", "None"}))
      << "among numbers";
  Texts late(1200, "1");
  late.back() = "None";
  EXPECT_EQ(target(late, {.target = "y", .classes = {{"y", {"1", "None"}}}}, 1200).levels, (Texts{"1", "None"}))
      << "after the rows that are looked at first";
}

TEST_F(KeptMarks, PlusAndMinusAreTwoClasses) {
  const TableColumn found = target({"+", "-", "-"});
  EXPECT_EQ(found.kind, ColumnKind::label);
  EXPECT_EQ(found.levels, (Texts{"+", "-"}));
  EXPECT_EQ(found.missing, 0);
  EXPECT_TRUE(found.obstacles.empty());
  EXPECT_EQ(level(0) + level(1) + level(2) + level(3), "+--+");
  EXPECT_EQ(target({"+", "-", ""}).missing, 20) << "empty cells stay missing";
  EXPECT_EQ(level(1), "-");
  EXPECT_EQ(target({"+", "-", "?"}).levels, (Texts{"+"})) << "two marks";
  EXPECT_EQ(target({"+", "-", "*"}).levels, (Texts{"*", "+"})) << "another class";
  EXPECT_EQ(target({"+", "-"}, {}).levels, (Texts{"+"})) << "no target";
  EXPECT_EQ(target({"+", "\"-\""}).levels, (Texts{"+", "-"})) << "in quotes it never was a mark";
}

TEST_F(KeptMarks, AreTextsWhereOnlyOwnMarksCount) {
  const TableColumn found = target({"None", "-", "unknown", ""}, {.format = {.missing_marks = {"only", "unknown"}}});
  EXPECT_EQ(found.levels, (Texts{"-", "None"}));
  EXPECT_EQ(found.missing, 30);
  EXPECT_EQ(target({"only", "NA"}, {.format = {.missing_marks = {"only"}}}).levels, (Texts{"NA", "only"}));
  EXPECT_EQ(target({"1", "NA"}, {.format = {.missing_marks = {"only"}}}).kind, ColumnKind::category);
  EXPECT_EQ(target({"only", "a"}, {.format = {.missing_marks = {"a", "only"}}}).missing, 60) << "not as the first";
}

}  // namespace
}  // namespace millrace
