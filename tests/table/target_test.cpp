// SPDX-License-Identifier: Apache-2.0
#include "table/target.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"
#include "support/temporary.hpp"

namespace millrace {
namespace {

using test::expect_error;

class Target : public testing::Test {
 protected:
  Table read(const std::string& text, const std::string& target = "") {
    return read_table(folder.write("t.csv", text), {.target = target});
  }
  static std::vector<float> values(const Table& table, const std::string& name) {
    std::vector<float> column;
    for (std::int64_t r = 0; r < table.rows; ++r) column.push_back(table.values.row(r)[table.column(name).place]);
    return column;
  }
  test::TemporaryDirectory folder;
};

TEST_F(Target, NumbersBecomeClassesInAscendingOrder) {
  Table table = read("x,y\n1,10\n2,9\n3,10\n4,-0.5\n");
  make_label(table, "y");
  EXPECT_EQ(table.column("y").kind, ColumnKind::label);
  EXPECT_EQ(table.column("y").levels, (std::vector<std::string>{"-0.5", "9", "10"}));
  EXPECT_EQ(values(table, "y"), (std::vector<float>{2, 1, 2, 0}));
  make_number(table, "y");
  EXPECT_EQ(values(table, "y"), (std::vector<float>{10, 9, 10, -0.5}));
}

TEST_F(Target, ClassesMayHaveAnOrderOfTheirOwn) {
  Table table = read("x,y\n1,low\n2,high\n3,mid\n", "y");
  make_label(table, "y", {"low", "mid", "high", "never"});
  EXPECT_EQ(values(table, "y"), (std::vector<float>{0, 2, 1}));
  EXPECT_EQ(table.column("y").levels.size(), 4U);
  Table numbers = read("x,y\n1,2\n2,1.0\n");
  make_label(numbers, "y", {"1", "2.0"});
  EXPECT_EQ(values(numbers, "y"), (std::vector<float>{1, 0}));
}

TEST_F(Target, HasTheNameThatAModelKnows) {
  Table table = read("x,y,z\n1,2,3\n");
  rename_targets(table, {"y", "z"}, {"z", "y"});
  EXPECT_EQ(table.columns[0].name + table.columns[1].name + table.columns[2].name, "xzy") << "not one after the other";
  rename_targets(table, {"x", "y"}, {"a"});
  EXPECT_EQ(table.columns[0].name + table.columns[1].name + table.columns[2].name, "azy") << "the model has one target";
}

TEST_F(Target, Refuses) {
  Table table = read("x,y,when\n1,low,2024-01-01\n2,\"1,5\",2024-01-02\n");
  expect_error(ErrorKind::data, {"column 'y' of row 1", "'low'", "high"}, [&] {
    make_label(table, "y", {"1,5", "high"});
    return 0;
  });
  expect_error(ErrorKind::usage, {"'when'", "date"}, [&] {
    make_label(table, "when");
    return 0;
  });
  expect_error(ErrorKind::data, {"'when'", "expected numbers as the target"}, [&] {
    make_number(table, "when");
    return 0;
  });
  expect_error(ErrorKind::data, {"'y'", "expected numbers"}, [&] {
    make_number(table, "y");
    return 0;
  });
}

TEST_F(Target, RowsWithAValue) {
  const Table table = read("x,y,when\n1,a,2024-01-01\n,b,2024-01-02\n3,,2024-01-02\n4,c,\n");
  EXPECT_EQ(rows_with(table, {"x", "y"}), (std::vector<std::int64_t>{0, 3}));
  EXPECT_EQ(rows_with(table, {"when"}), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST_F(Target, AMatrixSharesTheTableWhereItCan) {
  const Table table = read("a,b,y,w\n1,2,3,4\n5,6,7,8\n");
  const Dataset together = as_matrix(table, {{"a", "b"}, {"y"}, "w"});
  EXPECT_EQ(together.features.data, table.values.row(0));
  EXPECT_EQ(together.weights, (std::vector<float>{4, 8}));
  EXPECT_EQ(together.feature_names, (std::vector<std::string>{"a", "b"}));
  const Dataset apart = as_matrix(table, {{"w", "a"}, {"y"}, ""});
  EXPECT_EQ(apart.features.row(1)[0], 8);
  EXPECT_EQ(apart.features.row(1)[1], 5);
  EXPECT_EQ(apart.targets.row(1)[0], 7);
}

TEST_F(Target, AColumnThatIsThereTwiceIsNamed) {
  const Table table = read("a,b,a\n1,2,3\n4,5,6\n");
  expect_error(ErrorKind::data, {"t.csv has several columns named 'a', expected names that differ"}, [&] {
    return as_matrix(table, {{"a"}, {}, ""});
  });
}

}  // namespace
}  // namespace millrace
