// SPDX-License-Identifier: Apache-2.0
#include "millrace/data_notes.hpp"

#include <gtest/gtest.h>

#include "millrace/split.hpp"

namespace millrace {
namespace {

using Kind = DataNote::Kind;

// One feature and these targets; the set views arrays that live as long as the test.
struct Rows {
  explicit Rows(std::vector<float> targets, std::vector<std::string> classes = {})
      : x(targets.size()), y(std::move(targets)) {
    data = Dataset::view(x, 1, y);
    data.target_names = {"kind"};
    data.classes = std::move(classes);
  }
  std::vector<float> x, y;
  Dataset data;
};

std::string text_of(const std::vector<DataNote>& notes, Kind kind) {
  for (const DataNote& note : notes) {
    if (note.kind == kind) return note.text;
  }
  return "";
}

TEST(DataNotes, NothingToSayOfSoundRows) {
  const Rows rows({0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, {"a", "b"});
  const Split parts = split_last(rows.data, 0.4);
  EXPECT_TRUE(data_notes(parts.train, &parts.validation, {1, 2}).empty());
  EXPECT_TRUE(data_notes(Rows({1.5, 2, 3}).data).empty());
}

TEST(DataNotes, AClassWithoutTrainingRows) {
  const Rows sorted({0, 0, 0, 0, 1, 1, 1, 1, 2, 2}, {"shoe0", "shoe1", "shoe2"});
  const Split parts = split_last(sorted.data, 0.2);
  const std::vector<DataNote> notes = data_notes(parts.train, &parts.validation);
  EXPECT_EQ(text_of(notes, Kind::untrained_class),
            "no training row of class 'shoe2', which has 2 validation rows: the rows are sorted by class");
  EXPECT_EQ(notes.size(), 1U);
  const Rows mixed({0, 1, 0, 1, 0, 1, 0, 1, 2, 0}, {"a", "b", "c"});
  const Split other = split_last(mixed.data, 0.2);
  EXPECT_EQ(text_of(data_notes(other.train, &other.validation), Kind::untrained_class),
            "no training row of class 'c', which has 1 validation row");
}

TEST(DataNotes, AClassWithANameThatNoRowHas) {
  const Rows rows({0, 2, 0, 2, 0, 2}, {"a", "b", "c"});
  EXPECT_EQ(text_of(data_notes(rows.data), Kind::absent_class),
            "no row is of class 'b', and the model cannot learn what no row shows");
}

TEST(DataNotes, RowsSortedByClass) {
  const Rows sorted({0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, {"no", "yes"});
  const Split parts = split_last(sorted.data, 0.2);
  EXPECT_EQ(text_of(data_notes(parts.train, &parts.validation), Kind::sorted_by_class),
            "all 2 validation rows are of one class: the rows are sorted by class");
}

TEST(DataNotes, ClassesAsColumns) {
  const std::vector<float> x(4), y{1, 0, 0, 1, 1, 0, 0, 1};
  Dataset data = Dataset::view(x, 1, y, 2);
  data.target_names = {"kind"};
  data.classes = {"a", "b"};
  EXPECT_TRUE(data_notes(data).empty());
  const Dataset first = select_rows(data, std::vector<std::int64_t>{0, 2}),
                second = select_rows(data, std::vector<std::int64_t>{1, 3});
  EXPECT_NE(text_of(data_notes(first, &second), Kind::untrained_class), "");
  EXPECT_EQ(text_of(data_notes(first), Kind::constant_target),
            "the target 'kind' is 'a' in all training rows, so there is nothing to learn");
}

TEST(DataNotes, AClassWithASingleRow) {
  const Rows rows({0, 0, 1, 2, 0, 0}, {"a", "b", "c"});
  EXPECT_EQ(text_of(data_notes(rows.data), Kind::single_row_class),
            "a single row of each of the classes 'b', 'c', so it cannot both train and validate");
}

TEST(DataNotes, AConstantTarget) {
  EXPECT_EQ(text_of(data_notes(Rows({3.5, 3.5, 3.5}).data), Kind::constant_target),
            "the target 'kind' is 3.5 in all training rows, so there is nothing to learn");
  EXPECT_TRUE(data_notes(Rows({3.5}).data).empty()) << "one row is no sign of anything";
}

TEST(DataNotes, ASingleValidationRow) {
  const Rows rows({1, 2, 3});
  const Split parts = split_last(rows.data, 0.3);
  EXPECT_NE(text_of(data_notes(parts.train, &parts.validation), Kind::single_validation), "");
}

TEST(DataNotes, AClassWeightWithoutRows) {
  const Rows rows({0, 1, 0, 1}, {"a", "b", "c"});
  EXPECT_EQ(text_of(data_notes(rows.data, nullptr, {1, 1, 5}), Kind::weight_without_rows),
            "the class weight has no effect for class 'c', which no training row is of");
  EXPECT_EQ(text_of(data_notes(rows.data, nullptr, {1, 5, 1}), Kind::weight_without_rows), "");
}

TEST(DataNotes, ClassesThatAreTheSameNumber) {
  const Rows rows({0, 1, 2, 3, 0, 1, 2, 3}, {"001", "01", "1", "x"});
  EXPECT_EQ(text_of(data_notes(rows.data), Kind::equal_classes),
            "classes '001', '01', '1' are the same number, but different classes");
}

TEST(DataNotes, SetsWithoutTargetsHaveNone) {
  const std::vector<float> x(3);
  EXPECT_TRUE(data_notes(Dataset::view(x, 1)).empty());
}

}  // namespace
}  // namespace millrace
