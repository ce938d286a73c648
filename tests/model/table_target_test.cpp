// SPDX-License-Identifier: Apache-2.0
#include "millrace/table_target.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "millrace/losses.hpp"
#include "millrace/table_builder.hpp"
#include "support/expect_error.hpp"

namespace millrace {
namespace {

constexpr std::array ages{30.0, 40.0, 50.0, 60.0};
constexpr std::array grades{1.0, 2.0, 3.0, 1.0};  // not an index of a class if the network has three

Table people(const TableOptions& options = {}) {
  return TableBuilder("people")
      .numbers("age", ages)
      .numbers("grade", grades)
      .texts("city", {"Rome", "Oslo", "Bern", "Rome"})
      .finish(options);
}

TEST(TargetTask, FollowsTheColumnIfNothingElseIsGiven) {
  EXPECT_EQ(target_task(people(), {.columns = {"age"}}), Task::regression);
  EXPECT_EQ(target_task(people(), {.columns = {"city"}}), Task::classification);
  EXPECT_EQ(target_task(people({.target = "city"}), {.columns = {"city"}}), Task::classification);
  EXPECT_EQ(target_task(people(), {.columns = {"age", "grade"}}), Task::regression);
}

TEST(TargetTask, FollowsWhatIsGivenBeforeTheColumn) {
  const Table table = people();
  EXPECT_EQ(target_task(table, {.columns = {"age"}, .task = Task::classification}), Task::classification);
  EXPECT_EQ(target_task(table, {.columns = {"grade"}, .kind = ColumnKind::label}), Task::classification);
  EXPECT_EQ(target_task(table, {.columns = {"city"}, .kind = ColumnKind::number}), Task::regression);
  EXPECT_EQ(target_task(table, {.columns = {"grade"}, .classes = {"1", "2", "3"}}), Task::classification);
  EXPECT_EQ(target_task(table, {.columns = {"grade"}, .loss = SparseCategoricalCrossentropy{}}), Task::classification);
  EXPECT_EQ(target_task(table, {.columns = {"city"}, .loss = MeanSquaredError{}}), Task::regression);
  EXPECT_EQ(target_task(table, {.columns = {"grade"}, .last = "3:softmax"}), Task::classification);
  // One linear unit cannot tell three cities apart.
  EXPECT_EQ(target_task(table, {.columns = {"city"}, .last = "1"}), Task::regression);
}

TEST(TargetTask, NeedsAColumn) {
  Table table = people();
  const std::string text = "[target] TargetOptions names no column";
  test::expect_error(ErrorKind::usage, {text}, [&] { static_cast<void>(target_task(table, {})); });
  test::expect_error(ErrorKind::usage, {text}, [&] {
    static_cast<void>(training_shape(table, {"age"}, {.classes = {"a", "b"}}));
  });
  test::expect_error(ErrorKind::usage, {text}, [&] { settle_target(table, {.loss = MeanSquaredError{}}); });
}

TEST(TargetTask, OfAMatrixFollowsNamesOfClassesAndTheLastLayer) {
  Dataset matrix;
  EXPECT_EQ(target_task(matrix, {.last = "1:sigmoid"}), Task::classification);
  EXPECT_EQ(target_task(matrix, {.last = "4:softmax"}), Task::classification);
  EXPECT_EQ(target_task(matrix, {.last = "1"}), Task::regression);
  EXPECT_EQ(target_task(matrix, {}), Task::regression);
  matrix.classes = {"cat", "dog"};
  EXPECT_EQ(target_task(matrix, {}), Task::classification);
  EXPECT_EQ(target_task(matrix, {.loss = MeanSquaredError{}}), Task::regression);
}

TEST(TrainingShape, CountsClassesThatAreGiven) {
  EXPECT_EQ(
      training_shape(people(), {"age"}, {.columns = {"city"}, .classes = {"Bern", "Oslo", "Rome", "Kiel"}}).classes, 4);
}

TEST(TrainingShape, CountsClasses) {
  EXPECT_EQ(training_shape(people(), {"age"}, {.columns = {"city"}}).classes, 3);
  const TargetOptions grade{.columns = {"grade"}, .task = Task::classification};
  EXPECT_EQ(training_shape(people(), {"age"}, grade).classes, 3);
  const TargetOptions several{.columns = {"age", "grade"}, .task = Task::classification};
  EXPECT_EQ(training_shape(people(), {"city"}, several).classes, 2);
  const TrainingShape numbers = training_shape(people(), {"age", "city"}, {.columns = {"grade"}});
  EXPECT_EQ(numbers.rows, 4);
  EXPECT_EQ(numbers.columns, 2);
  EXPECT_EQ(numbers.classes, 0);
}

TEST(TrainingShape, OfAMatrixHasTheClassesUpToTheLargest) {
  constexpr std::array features{1.0F, 2.0F, 3.0F};
  constexpr std::array targets{0.0F, 4.0F, 2.0F};
  const Dataset data = Dataset::view(features, 1, targets);
  EXPECT_EQ(training_shape(data, {.task = Task::classification}).classes, 5);
  EXPECT_EQ(training_shape(data, {}).classes, 0);
  Dataset named = data;
  named.classes = {"a", "b", "c"};
  EXPECT_EQ(training_shape(named, {}).classes, 3);
  constexpr std::array measured{0.0F, 1e20F, -2.0F};
  test::expect_error(ErrorKind::data, {"[target]", "row 2", "1e+20", "expected a class from 0 to 1048575"}, [&] {
    static_cast<void>(training_shape(Dataset::view(features, 1, measured), {.task = Task::classification}));
  });
}

TEST(SettledTarget, IsWhatTheLossTakes) {
  Table table = people();
  settle_target(table, {.columns = {"city"}, .loss = SparseCategoricalCrossentropy{}});
  EXPECT_EQ(table.column("city").kind, ColumnKind::label);
  EXPECT_EQ(table.column("city").levels, (std::vector<std::string>{"Bern", "Oslo", "Rome"}));
  settle_target(table, {.columns = {"age"}, .loss = MeanSquaredError{}});
  EXPECT_EQ(table.column("age").kind, ColumnKind::number);
  test::expect_error(ErrorKind::data, {"'city'", "'Rome'"}, [] {
    Table other = people();
    settle_target(other, {.columns = {"city"}, .loss = MeanSquaredError{}});
    return 0;
  });
}

TEST(SettledTarget, KeepsNumbersThatAreIndicesOfClasses) {
  const TargetOptions three{.columns = {"grade"}, .loss = SparseCategoricalCrossentropy{}, .last = "3:softmax"};
  const TargetOptions four{.columns = {"grade"}, .loss = SparseCategoricalCrossentropy{}, .last = "4:softmax"};
  Table classes = people(), indices = people();
  settle_target(classes, three);  // 3 is no index of three classes, but there are three numbers
  settle_target(indices, four);
  EXPECT_EQ(classes.column("grade").kind, ColumnKind::label);
  EXPECT_EQ(classes.column("grade").levels, (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(indices.column("grade").kind, ColumnKind::number);
}

TEST(RowsWithoutATarget, AreRemoved) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto table = [](std::array<double, 3> y) {
    return TableBuilder("few").numbers("x", std::array{1.0, 2.0, 3.0}).numbers("y", y).finish();
  };
  Table some = table({1, nan, 2}), none = table({nan, nan, nan});
  EXPECT_EQ(remove_rows_without(some, {"y"}), 1);
  EXPECT_EQ(some.rows, 2);
  EXPECT_EQ(some.values.row(1)[some.column("x").place], 3);
  test::expect_error(ErrorKind::data, {"column 'y' of few has no value"},
                     [&] { return remove_rows_without(none, {"y"}); });
}

}  // namespace
}  // namespace millrace
