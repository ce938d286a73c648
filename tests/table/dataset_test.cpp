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
  const Dataset data = Dataset::view(x.data(), 2, 3, y.data(), 1);
  EXPECT_EQ(data.features.data, x.data());
  EXPECT_EQ(data.targets.data, y.data());
  EXPECT_EQ(test::features_of(data), (test::Table{{1, 2, 3}, {4, 5, 6}}));
  EXPECT_EQ(test::targets_of(data), (std::vector<float>{0, 1}));
  EXPECT_EQ(data.source, "array");
  EXPECT_TRUE(data.owners.empty());
  EXPECT_EQ(Dataset::view(x.data(), 2, 3, nullptr, 0).targets.rows, 0);
}

TEST(DatasetView, Refuses) {
  const float x = 1, y = 1;
  expect_error(ErrorKind::usage, {"[dataset]", "x is 0x1"}, [&] { return Dataset::view(&x, 0, 1, &y, 1); });
  expect_error(ErrorKind::usage, {"x is 1x0"}, [&] { return Dataset::view(&x, 1, 0, &y, 1); });
  expect_error(ErrorKind::usage, {"y is 1x-1"}, [&] { return Dataset::view(&x, 1, 1, &y, -1); });
  expect_error(ErrorKind::usage, {"x is null"}, [&] { return Dataset::view(nullptr, 1, 1, &y, 1); });
  expect_error(ErrorKind::usage, {"y is null"}, [&] { return Dataset::view(&x, 1, 1, nullptr, 1); });
  expect_error(ErrorKind::usage, {"y is given for 0 outputs"}, [&] { return Dataset::view(&x, 1, 1, &y, 0); });
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
