// SPDX-License-Identifier: Apache-2.0
//
// Whole numbers as classes: told apart and named exactly, though the values of a table are fp32.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "millrace/layers.hpp"
#include "millrace/losses.hpp"
#include "millrace/split.hpp"
#include "millrace/table_builder.hpp"
#include "millrace/table_cache.hpp"
#include "millrace/table_target.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "table/target.hpp"
#include "table/target_column.hpp"

namespace millrace {
namespace {

using test::expect_error;
using Texts = std::vector<std::string>;

class ExactTarget : public testing::Test {
 protected:
  // A table whose target y repeats these cells, `times` times.
  std::string file_of(const Texts& cells, int times = 20) {
    std::string text = "x,y\n";
    for (int i = 0; i < times * std::ssize(cells); ++i)
      text += std::to_string(i) + ".5," + cells[static_cast<std::size_t>(i) % cells.size()] + "\n";
    return folder_.write("t.csv", text);
  }
  Table read(const Texts& cells, int times = 20, const TableOptions& options = {.target = "y"}) {
    return read_table(file_of(cells, times), options);
  }
  // The level of each of the first rows.
  static Texts first_levels(const Table& table, std::int64_t rows) {
    const TableColumn& column = table.column("y");
    Texts levels;
    for (std::int64_t row = 0; row < rows; ++row)
      levels.push_back(column.levels.at(static_cast<std::size_t>(table.values.row(row)[column.place])));
    return levels;
  }

  test::TemporaryDirectory folder_;
};

TEST_F(ExactTarget, ClassesBeyondFp32AreToldApart) {
  for (const Texts& cells : std::vector<Texts>{{"100000002", "100000001", "100000003"},
                                               {"100000001", "100000002", "200000001"},
                                               {"16777216", "16777217"},
                                               {"4294967295", "4294967296"},
                                               {"-20210000000194", "20210000000127", "20210000000018"},
                                               {"9007199254740990", "9007199254740991"}}) {
    const Table table = read(cells);
    const TableColumn& y = table.column("y");
    ASSERT_EQ(y.kind, ColumnKind::label) << cells[0];
    EXPECT_EQ(std::set<std::string>(y.levels.begin(), y.levels.end()),
              std::set<std::string>(cells.begin(), cells.end()));
    EXPECT_EQ(first_levels(table, std::ssize(cells)), cells);
    EXPECT_TRUE(y.obstacles.empty()) << y.obstacles[0];
    EXPECT_TRUE(table.dates.empty()) << "the levels have the numbers";
  }
}

TEST_F(ExactTarget, ClassesHaveNoExponent) {
  EXPECT_EQ(read({"300000", "100000", "2000000"}).column("y").levels, (Texts{"100000", "300000", "2000000"}));
  EXPECT_EQ(read({"1e5", "100001"}).column("y").levels, (Texts{"100000", "100001"}));
  EXPECT_EQ(level_text(-100000), "-100000");
  EXPECT_EQ(level_text(-0.0), "0");
  EXPECT_EQ(level_text(0.5), "0.5");
  EXPECT_EQ(level_text(static_cast<double>(0.1F)), "0.1");
  EXPECT_EQ(level_text(0.1), "0.1");
  EXPECT_EQ(level_text(0.30000000000000004), "0.30000000000000004");
}

// Also where the rows are too few to tell: the task decides then.
TEST_F(ExactTarget, NumbersBecomeClassesExactlyWhenTheTaskIsKnown) {
  const Texts cells{"100000003", "100000001", "100000002"};
  for (const std::optional<LayerConfig>& last :
       {std::optional<LayerConfig>(), std::optional<LayerConfig>("3:softmax")}) {
    Table table = read(cells, 2);
    ASSERT_EQ(table.column("y").kind, ColumnKind::number);
    const TargetOptions target{
        .columns = {"y"}, .task = Task::classification, .loss = SparseCategoricalCrossentropy{}, .last = last};
    EXPECT_EQ(training_shape(table, {"x"}, target).classes, 3);
    settle_target(table, target);
    EXPECT_EQ(table.column("y").levels, (Texts{"100000001", "100000002", "100000003"}));
    EXPECT_EQ(first_levels(table, 3), cells);
  }
  Table ordered = read(cells, 2);
  make_label(ordered, "y", cells);
  EXPECT_EQ(ordered.column("y").levels, cells);
  EXPECT_EQ(first_levels(ordered, 3), cells);
  Table labels = read(cells);
  settle_target(labels, {.columns = {"y"}, .loss = SparseCategoricalCrossentropy{}, .last = "3:softmax"});
  EXPECT_EQ(first_levels(labels, 3), cells) << "texts stay texts on the way to classes";
}

TEST_F(ExactTarget, AreKeptWithTheRowsAndInTheCache) {
  const Texts cells{"100000003", "100000001", "100000002"};
  const std::string path = file_of(cells, 2);
  const TableOptions options{.target = "y"};
  Table table = read_table(path, options);
  const CacheKey key{{path}, options};
  write_table_cache(folder_.file("t.cache"), key, {table, {}});
  Table cached = read_table_cache(folder_.file("t.cache"), key)->table;
  const std::vector<std::int64_t> rows{5, 0};
  Table some = select_rows(table, rows);
  make_label(cached, "y");
  EXPECT_EQ(first_levels(cached, 3), cells);
  make_label(some, "y");
  EXPECT_EQ(first_levels(some, 2), (Texts{"100000002", "100000003"}));
}

TEST_F(ExactTarget, NumbersThatFp32CannotTellApartAreNoTargetOfNumbers) {
  Texts ids;
  for (int i = 0; i < 40; ++i) ids.push_back("20210000000" + std::to_string(100 + i));
  Table table = read(ids, 1);
  const ColumnReport report = describe(table)[1];
  EXPECT_EQ(report.kind, ColumnKind::number);
  EXPECT_EQ(report.distinct, 40);
  ASSERT_EQ(report.obstacles.size(), 1U) << "and not that all rows have the same value";
  EXPECT_NE(report.obstacles[0].find("from 20210000000100 to 20210000000139, which fp32 cannot tell apart"),
            std::string::npos);
  expect_error(ErrorKind::data, {"column 'y' of", "which fp32 cannot tell apart", "offset"}, [&] {
    settle_target(table, {.columns = {"y"}, .loss = MeanSquaredError{}});
    return 0;
  });
  Table wide = read({"100000001", "100000002", "200000001", "1.5"});
  settle_target(wide, {.columns = {"y"}, .loss = MeanSquaredError{}});
  EXPECT_TRUE(wide.column("y").obstacles.empty()) << "rounding is small against the range";
}

TEST_F(ExactTarget, WholeNumbersThatDoubleMergesAreRefused) {
  for (const Texts& cells : std::vector<Texts>{{"12345678901234567", "12345678901234568"},
                                               {"12345678901234567", "22345678901234567"},
                                               {"9007199254740992", "9007199254740991"}}) {
    Table table = read(cells);
    EXPECT_EQ(table.column("y").kind, ColumnKind::number);
    ASSERT_EQ(table.column("y").obstacles.size(), 1U);
    expect_error(ErrorKind::data, {"column 'y' of", "2^53 or more", "c12345678901234567"}, [&] {
      make_label(table, "y");
      return 0;
    });
    expect_error(ErrorKind::data, {"column 'y' of", "c12345678901234567"}, [&] {
      make_number(table, "y");
      return 0;
    });
  }
  Table measured = read({"1e18", "2.5e18", "1000000000000000001"}, 5);
  make_number(measured, "y");
  EXPECT_TRUE(measured.column("y").obstacles.empty()) << "numbers may be as large as they like";
}

TEST_F(ExactTarget, AColumnThatWasNotReadAsTheTargetIsRefused) {
  Table table = read({"100000001", "100000002"}, 20, {});
  expect_error(ErrorKind::data, {"column 'y' of", "2^24 or more", "name the column as the target"}, [&] {
    make_label(table, "y");
    return 0;
  });
}

// Of a program's memory: as the same numbers in a file.
TEST_F(ExactTarget, ColumnsInMemoryHaveTheLevelsOfAFile) {
  std::vector<double> ids;
  Texts cells{"100000002", "100000001", "100000", "300000"};
  for (int i = 0; i < 80; ++i) ids.push_back(std::stod(cells[static_cast<std::size_t>(i) % 4]));
  for (const ColumnKind kind : {ColumnKind::category, ColumnKind::label}) {
    const TableOptions options{.kinds = {{"y", kind}}};
    const Table memory = TableBuilder().numbers("y", ids).finish(options);
    const Table file = read(cells, 20, options);
    EXPECT_EQ(memory.column("y").levels, file.column("y").levels);
    EXPECT_EQ(first_levels(memory, 4), cells);
    EXPECT_TRUE(memory.column("y").obstacles.empty());
    EXPECT_TRUE(memory.dates.empty());
  }
  const Table target = TableBuilder().numbers("y", ids).finish({.target = "y"});
  EXPECT_EQ(target.column("y").levels, (Texts{"100000", "300000", "100000001", "100000002"}));
  EXPECT_EQ(first_levels(target, 4), cells);
  const Table fractions = TableBuilder()
                              .numbers("y", std::vector<double>{0.1, 0.30000000000000004, 0.3, double{0.7F}})
                              .finish({.kinds = {{"y", ColumnKind::category}}});
  EXPECT_EQ(fractions.column("y").levels, (Texts{"0.1", "0.3", "0.30000000000000004", "0.7"}));

  std::vector<double> few(ids.begin(), ids.begin() + 8);
  Table numbers = TableBuilder().numbers("y", few).finish({.target = "y"});
  make_label(numbers, "y");
  EXPECT_EQ(first_levels(numbers, 4), cells);
  expect_error(ErrorKind::data, {"column 'y' of table has whole numbers of 2^53 or more"}, [&] {
    return TableBuilder()
        .numbers("y", std::vector<double>{1, 12345678901234568})
        .finish({.kinds = {{"y", ColumnKind::category}}});
  });
}

TEST_F(ExactTarget, LabelsOfSparseRowsAreNotMerged) {
  std::vector<float> x(40, 1), y(40);
  for (int i = 0; i < 40; ++i) y[static_cast<std::size_t>(i)] = i % 2 == 0 ? 100000.0F : 1.0F;
  EXPECT_EQ(classes_of_labels(Dataset::view(x, 1, y)), (Texts{"1", "100000"}));
  y[0] = y[2] = y[4] = y[6] = y[8] = y[10] = y[12] = y[14] = y[16] = y[18] = 16777216;
  expect_error(ErrorKind::data, {"labels such as 16777216", "2^24"},
               [&] { return classes_of_labels(Dataset::view(x, 1, y)); });
}

}  // namespace
}  // namespace millrace
