// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>

#include "millrace/data.hpp"
#include "support/expect_error.hpp"
#include "table/tables.hpp"

namespace millrace {
namespace {

using test::expect_error;

TEST(Matrix, IsZeroAlignedAndDense) {
  for (const std::int64_t columns : {1, 3, 16, 100}) {
    Matrix matrix(7, columns);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(matrix.row(0)) % 64, 0U);
    EXPECT_EQ(matrix.row(1) - matrix.row(0), columns);
    for (std::int64_t i = 0; i < 7 * columns; ++i) EXPECT_EQ(matrix.row(0)[i], 0.0F);
    const MatrixView view = matrix.view();
    EXPECT_EQ(view.rows, 7);
    EXPECT_EQ(view.columns, columns);
    EXPECT_EQ(view.stride, columns);
    EXPECT_EQ(view.row(3), matrix.row(3));
  }
  EXPECT_EQ(Matrix(0, 5).rows(), 0);
}

TEST(Matrix, CopiesShareAndOwnersKeep) {
  MatrixView view;
  std::shared_ptr<const void> owner;
  {
    Matrix matrix(2, 2);
    Matrix copy = matrix;
    copy.row(1)[1] = 5;
    EXPECT_EQ(matrix.row(1)[1], 5);
    view = copy.view();
    owner = copy.owner();
  }
  EXPECT_EQ(view.row(1)[1], 5);  // under AddressSanitizer this fails where the memory is gone
}

TEST(Matrix, ShapesThatCannotBe) {
  expect_error(ErrorKind::usage, {"[matrix]", "-1x2", "fits into memory"}, [] { return Matrix(-1, 2); });
  expect_error(ErrorKind::usage, {"[matrix]", "2x-1"}, [] { return Matrix(2, -1); });
  expect_error(ErrorKind::usage, {"[matrix]"}, [] { return Matrix(std::int64_t{1} << 40, std::int64_t{1} << 40); });
  expect_error(ErrorKind::usage, {"[matrix]"}, [] { return Matrix(std::int64_t{1} << 31, std::int64_t{1} << 30); });
}

TEST(DatasetView, CopiesNothing) {
  const std::array<float, 6> x = {1, 2, 3, 4, 5, 6};
  const std::array<float, 2> y = {0, 1};
  const Dataset data = Dataset::view(x, 3, y);
  EXPECT_EQ(data.features.data, x.data());
  EXPECT_EQ(data.targets.data, y.data());
  EXPECT_EQ(test::features_of(data), (test::Table{{1, 2, 3}, {4, 5, 6}}));
  EXPECT_EQ(test::targets_of(data), (std::vector<float>{0, 1}));
  EXPECT_EQ(data.source, "array");
  EXPECT_TRUE(data.owners.empty());
  EXPECT_EQ(Dataset::view(x, 3).targets.rows, 0);
}

TEST(DatasetView, TakesSeveralOutputsAndTheNumbersOfAMatrix) {
  Matrix x(2, 3), y(2, 2);
  y.row(1)[0] = 5;
  const Dataset data = Dataset::view(x.values(), x.columns(), y.values(), y.columns());
  EXPECT_EQ(test::table_of(data, data.targets), (test::Table{{0, 0}, {5, 0}}));
}

TEST(DatasetView, RefusesSizesThatDoNotFit) {
  const std::vector<float> none, three(3), four(4), six(6);
  expect_error(ErrorKind::usage, {"[dataset]", "x has 0 numbers", "one row or more"},
               [&] { return Dataset::view(none, 1); });
  expect_error(ErrorKind::usage, {"x has 4 numbers", "whole rows of 3 columns"},
               [&] { return Dataset::view(four, 3); });
  expect_error(ErrorKind::usage, {"x has 0 columns"}, [&] { return Dataset::view(four, 0); });
  expect_error(ErrorKind::usage, {"y has -1, expected at least one column"},
               [&] { return Dataset::view(four, 2, four, -1); });
  expect_error(ErrorKind::usage, {"y has 3 numbers, expected 2x1 for the 2 rows of x"},
               [&] { return Dataset::view(six, 3, three); });
  expect_error(ErrorKind::usage, {"y has 3 numbers, expected 2x2"}, [&] { return Dataset::view(six, 3, three, 2); });
}

TEST(Dataset, TableRowsOfASelection) {
  Dataset data;
  data.features.rows = 10;
  EXPECT_EQ(data.rows(), 10);
  EXPECT_EQ(data.table_row(7), 7);
  data.selection = {4, 2};
  EXPECT_EQ(data.rows(), 2);
  EXPECT_EQ(data.table_row(1), 2);
}

}  // namespace
}  // namespace millrace
