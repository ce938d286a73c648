// SPDX-License-Identifier: Apache-2.0
#include "millrace/row_storage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/mapped_file.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "table/batches.hpp"
#include "table/storage/resident.hpp"
#include "table/storage/stored.hpp"

namespace millrace {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

class Storage : public testing::Test {
 protected:
  [[nodiscard]] RowStorage storage(std::int64_t above = 96 * mebibyte) const {
    return {ResidentMemory().bytes() + above, folder_.path()};
  }
  test::TemporaryDirectory folder_;
};

TEST_F(Storage, KeepsNumbersWhosePagesAreGivenBack) {
  const RowStorage rows = storage();
  Matrix matrix = rows.matrix(3000, 1000);
  EXPECT_EQ(matrix.row(2999)[999], 0);
  for (std::int64_t r = 0; r < 3000; ++r) matrix.row(r)[r % 1000] = static_cast<float>(r);
  const std::int64_t full = ResidentMemory().bytes();
  rows.release();
  EXPECT_LT(ResidentMemory().bytes(), full - 8 * mebibyte);
  for (std::int64_t r = 0; r < 3000; ++r) ASSERT_EQ(matrix.row(r)[r % 1000], static_cast<float>(r));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << "the file has no name";
}

TEST_F(Storage, TakesTheRowsOfATable) {
  std::string text = "x\n";
  for (std::int64_t bytes = 0; bytes < mebibyte; bytes += 4) text += "1\n";
  const std::string path = folder_.write("t.csv", text);
  EXPECT_TRUE(storage_of(read_table(path, {.storage = storage()})));
  EXPECT_FALSE(storage_of(read_table(path)));
}

TEST_F(Storage, StaysBelowItsLimit) {
  const RowStorage rows = storage();
  std::vector<Matrix> matrices;
  std::int64_t most = 0;
  const ResidentMemory resident;
  Pass pass(rows);
  for (int i = 0; i < 6; ++i) {
    Matrix& matrix = matrices.emplace_back(rows.matrix(1 << 16, 256));  // 64 MiB
    for (std::int64_t r = 0; r < matrix.rows(); ++r) {
      pass.over(1024);
      std::fill_n(matrix.row(r), 256, static_cast<float>(r));
      if (r % 512 == 0) most = std::max(most, resident.bytes());
    }
  }
  for (const Matrix& matrix : matrices) {
    for (std::int64_t r = 0; r < matrix.rows(); ++r) {
      pass.over(1024);
      ASSERT_EQ(matrix.row(r)[255], static_cast<float>(r));
      if (r % 512 == 0) most = std::max(most, resident.bytes());
    }
  }
  EXPECT_LT(most, rows.limit());
}

TEST_F(Storage, BringsPagesAtOnce) {
  const RowStorage made = storage();
  Matrix rows = made.matrix(4096, 4096);
  std::fill(rows.row(0), rows.row(0) + 4096 * 4096, 1.0F);
  made.release();
  const ResidentMemory resident;
  const std::int64_t before = resident.bytes(), half = std::int64_t{32} << 20;
  bring_pages(rows.row(0), half);
  EXPECT_GT(resident.bytes() - before, half * 9 / 10);
  EXPECT_EQ(rows.row(2047)[4095], 1.0F);
}

TEST_F(Storage, MatricesOutliveIt) {
  Matrix matrix = storage().matrix(1024, 1024);
  matrix.row(1000)[5] = 3;
  EXPECT_EQ(matrix.row(1000)[5], 3);
}

TEST_F(Storage, GivesBackPagesOfMappedFilesOnly) {
  const std::string path = folder_.write("file", std::string(4 * mebibyte, 'x'));
  const MappedFile file(path, "test");
  const std::string text(4 * mebibyte, 'y');
  EXPECT_GE(mapped_pages(file.bytes().data() + 100, 1000).bytes, 1000);
  EXPECT_EQ(mapped_pages(text.data() + 100, 1000).bytes, 0);
  const RowStorage rows = storage();
  rows.watch(file.bytes().data(), std::ssize(file.bytes()), file.owner());
  rows.watch(text.data(), std::ssize(text), nullptr);
  rows.release();
  EXPECT_EQ(file.bytes().back(), 'x');
  EXPECT_EQ(text, std::string(4 * mebibyte, 'y'));
}

TEST_F(Storage, RowsThatAreMadeOfItsRowsAreInIt) {
  const RowStorage rows = storage();
  Dataset data;
  EXPECT_FALSE(storage_of(data));
  data.owners = {Matrix(2, 2).owner(), rows.matrix(1024, 1024).owner()};
  ASSERT_TRUE(storage_of(data));
  EXPECT_EQ(storage_of(data)->limit(), rows.limit());
  Table table;
  EXPECT_FALSE(storage_of(table));
  table.values = rows.matrix(1024, 1024);
  EXPECT_TRUE(storage_of(table));
}

TEST_F(Storage, RefusesLimitsThatCannotBeKept) {
  test::expect_error(ErrorKind::usage, {"[memory] the limit is 1MiB, expected", "or more"},
                     [&] { RowStorage(mebibyte, folder_.path()); });
  test::expect_error(ErrorKind::environment, {"the folder '/nowhere' takes no file of rows"},
                     [&] { RowStorage(std::int64_t{1} << 40, "/nowhere"); });
  test::expect_error(ErrorKind::usage, {"for 100000000 rows, expected"}, [&] { storage().check_rows(100'000'000); });
  storage().check_rows(100'000);
}

class Windows : public Storage {
 protected:
  // Rows of 4 KiB, ten times as many as a window has.
  Dataset data() {
    const RowStorage made = storage();
    const std::int64_t rows = made.limit() / 4 / 4100 * 10;
    Dataset data;
    data.features = {nullptr, rows, 1024, 1024};
    data.targets = {nullptr, rows, 1, 1};
    made.adopt(data);
    return data;
  }
};

TEST_F(Windows, VisitEveryRowOncePerEpoch) {
  const Dataset set = data();
  Batches batches(set, 32, true, 7);
  ASSERT_LT(batches.window_rows(), set.rows() / 9);
  for (const std::uint64_t epoch : {0, 1}) {
    batches.begin_epoch(epoch);
    std::vector<int> visits(set.rows());
    for (std::int64_t i = 0; i < batches.count(); ++i) {
      batches.begin_batch(i);
      for (const std::int64_t row : batches.rows_of_batch(i)) ++visits[row];
    }
    EXPECT_EQ(std::count(visits.begin(), visits.end(), 1), set.rows());
  }
}

TEST_F(Windows, DependOnSeedAndEpochOnly) {
  const Dataset set = data();
  const auto order = [&](std::uint64_t seed, const std::vector<std::uint64_t>& epochs) {
    Batches batches(set, set.rows(), true, seed);
    for (const std::uint64_t epoch : epochs) batches.begin_epoch(epoch);
    const auto rows = batches.rows_of_batch(0);
    return std::vector<std::int64_t>(rows.begin(), rows.end());
  };
  EXPECT_EQ(order(7, {0, 1, 2}), order(7, {2}));
  EXPECT_NE(order(7, {2}), order(7, {1}));
  EXPECT_NE(order(7, {2}), order(8, {2}));
}

// Consecutive batches come from few blocks: a window's pages are all that a step touches.
TEST_F(Windows, TakeTheirRowsFromFewBlocks) {
  const Dataset set = data();
  Batches batches(set, 32, true, 7);
  batches.begin_epoch(0);
  const std::int64_t window = batches.window_rows();
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; std::ssize(rows) < window; ++i) {
    for (const std::int64_t row : batches.rows_of_batch(i)) {
      if (std::ssize(rows) < window) rows.push_back(row);
    }
  }
  std::set<std::int64_t> blocks;
  for (const std::int64_t row : rows) blocks.insert(row / 64);  // 256 KiB
  EXPECT_LE(std::ssize(blocks), window / 64 + 2);
  EXPECT_FALSE(std::is_sorted(rows.begin(), rows.end()));
}

TEST_F(Windows, AreOneWhereEverythingFits) {
  Dataset set = data();
  set.features.rows = set.targets.rows = 1000;
  Batches with(set, 10, true, 7);
  EXPECT_EQ(with.window_rows(), 1000);
  Batches without(1000, 10, true, 7);
  with.begin_epoch(3);
  without.begin_epoch(3);
  for (std::int64_t i = 0; i < 100; ++i)
    EXPECT_TRUE(std::ranges::equal(with.rows_of_batch(i), without.rows_of_batch(i)));
}

}  // namespace
}  // namespace millrace
