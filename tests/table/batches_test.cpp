// SPDX-License-Identifier: Apache-2.0
#include "table/batches.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "millrace/row_storage.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "table/storage/resident.hpp"

namespace millrace {
namespace {

using Rows = std::vector<std::int64_t>;

Rows order(const Batches& batches) {
  Rows rows;
  for (std::int64_t i = 0; i < batches.count(); ++i) {
    const auto batch = batches.rows_of_batch(i);
    rows.insert(rows.end(), batch.begin(), batch.end());
  }
  return rows;
}

Rows counted(std::int64_t rows) {
  Rows all(static_cast<std::size_t>(rows));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

Rows sorted(Rows rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

TEST(Batches, LastOneMayBeSmaller) {
  const Batches batches(10, 4, false, 1);
  ASSERT_EQ(batches.count(), 3);
  EXPECT_EQ(batches.rows_of_batch(0).size(), 4U);
  EXPECT_EQ(batches.rows_of_batch(1).size(), 4U);
  EXPECT_EQ(batches.rows_of_batch(2).size(), 2U);
  EXPECT_EQ(Batches(8, 4, false, 1).count(), 2);
  EXPECT_EQ(Batches(3, 4, false, 1).count(), 1);
  EXPECT_EQ(Batches(3, 4, false, 1).rows_of_batch(0).size(), 3U);
}

TEST(Batches, UnshuffledKeepTheOrder) {
  Batches batches(10, 3, false, 1);
  EXPECT_EQ(order(batches), counted(10));
  batches.begin_epoch(5);
  EXPECT_EQ(order(batches), counted(10));
}

TEST(Batches, ShuffledHoldEveryRowOnce) {
  Batches batches(1000, 32, true, 7);
  EXPECT_EQ(order(batches), counted(1000)) << "before the first epoch";
  batches.begin_epoch(0);
  EXPECT_NE(order(batches), counted(1000));
  EXPECT_EQ(sorted(order(batches)), counted(1000));
}

TEST(Batches, OrderIsAFunctionOfSeedAndEpoch) {
  Batches one(100, 8, true, 7), other(100, 32, true, 7), seed(100, 8, true, 8);
  one.begin_epoch(0);
  const Rows first = order(one);
  one.begin_epoch(1);
  one.begin_epoch(2);
  const Rows third = order(one);
  EXPECT_NE(first, third);
  other.begin_epoch(2);  // without the epochs before, in other batches
  EXPECT_EQ(order(other), third);
  one.begin_epoch(0);
  EXPECT_EQ(order(one), first) << "back again";
  seed.begin_epoch(2);
  EXPECT_NE(order(seed), third);
}

TEST(Batches, BeginningAnEpochMovesNothing) {
  Batches batches(100, 8, true, 7);
  const std::int64_t* const buffer = batches.rows_of_batch(0).data();
  for (std::uint64_t epoch = 0; epoch < 5; ++epoch) {
    batches.begin_epoch(epoch);
    EXPECT_EQ(batches.rows_of_batch(0).data(), buffer);
  }
}

TEST(Batches, OfASelectionNameTableRows) {
  Dataset data;
  data.features.rows = 100;
  data.selection = {90, 5, 17, 33, 60};
  Batches kept(data, 2, false, 1), shuffled(data, 2, true, 1);
  kept.begin_epoch(3);
  EXPECT_EQ(order(kept), data.selection);
  shuffled.begin_epoch(1);
  shuffled.begin_epoch(3);
  EXPECT_EQ(sorted(order(shuffled)), sorted(data.selection));
  Batches positions(5, 2, true, 1);
  positions.begin_epoch(3);
  Rows expected;
  for (const std::int64_t position : order(positions))
    expected.push_back(data.selection[static_cast<std::size_t>(position)]);
  EXPECT_EQ(order(shuffled), expected) << "the permutation does not depend on which rows are selected";
  data.selection.clear();
  EXPECT_EQ(Batches(data, 2, false, 1).rows(), 100);
}

// Rows of 4 KiB, of which a storage holds a part at a time: blocks of 64 rows, and more than two windows.
class BatchesInWindows : public ::testing::Test {
 protected:
  static constexpr std::int64_t mebibyte = std::int64_t{1} << 20, columns = 1024, block = 64, batch = 50;

  void SetUp() override {
    const RowStorage storage(ResidentMemory().bytes() + 80 * mebibyte, folder_.path());
    features_ = storage.matrix(storage.limit() / 4 / 4096 * 5 / 2 + 13, columns);
    targets_ = Matrix(features_.rows(), 1);
    data_.features = features_.view();
    data_.targets = targets_.view();
    data_.owners = {features_.owner(), targets_.owner()};
    storage.adopt(data_);
    storage_ = storage;
    ASSERT_LT(Batches(data_, batch, true, 3).window_rows(), data_.rows() / 2);
  }
  [[nodiscard]] Rows epoch(const SliceShare& share) const {
    Batches batches(data_, batch, true, 3, share);
    batches.begin_epoch(4);
    for (std::int64_t i = 0; i < batches.count(); ++i) batches.begin_batch(i);
    return order(batches);
  }
  // Blocks of the rows that the slices of a rank take from the first window.
  [[nodiscard]] std::set<std::int64_t> blocks_of(const SliceShare& share) const {
    const Rows rows = epoch(share);
    const IndexRange own = even_part(share.slices, share.ranks, share.rank);
    std::set<std::int64_t> blocks;
    for (std::int64_t first = 0; first + batch <= Batches(data_, batch, true, 3).window_rows() / batch * batch;
         first += batch) {
      const std::int64_t end = even_part(batch, share.slices, own.end - 1).end;
      for (std::int64_t i = even_part(batch, share.slices, own.begin).begin; i < end; ++i)
        blocks.insert(rows[first + i] / block);
    }
    return blocks;
  }

  // Bytes that the first batch brings into memory.
  [[nodiscard]] std::int64_t brought(const SliceShare& share) const {
    Batches batches(data_, batch, true, 3, share);
    batches.begin_epoch(4);
    storage_->release();
    const std::int64_t before = ResidentMemory().bytes();
    batches.begin_batch(0);
    return ResidentMemory().bytes() - before;
  }

  test::TemporaryDirectory folder_;
  std::optional<RowStorage> storage_;
  Matrix features_, targets_;
  Dataset data_;
};

TEST_F(BatchesInWindows, HaveOneOrderForAnyNumberOfRanks) {
  for (const std::int64_t slices : {1, 4, 6, 50, 64}) {
    const Rows alone = epoch({slices, 1, 0});
    EXPECT_EQ(sorted(alone), counted(data_.rows())) << slices;
    for (const std::int64_t ranks : {2, 3}) {
      for (std::int64_t rank = 0; rank < std::min(ranks, slices); ++rank)
        ASSERT_EQ(epoch({slices, ranks, rank}), alone) << slices << " slices, rank " << rank << " of " << ranks;
    }
  }
}

TEST_F(BatchesInWindows, ARankReadsBlocksOfItsOwn) {
  const auto all = std::ssize(blocks_of({4, 1, 0}));
  const auto first = blocks_of({4, 2, 0}), second = blocks_of({4, 2, 1});
  Rows both;
  std::set_intersection(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(both));
  EXPECT_LE(both.size(), 1U) << "at most the block in which one part ends and the other begins";
  EXPECT_NEAR(static_cast<double>(first.size()), static_cast<double>(all) / 2, 2);
  const std::int64_t alone = brought({4, 1, 0}), half = brought({4, 2, 0});
  EXPECT_GT(alone, 10 * mebibyte);
  EXPECT_NEAR(static_cast<double>(half), static_cast<double>(alone) / 2, static_cast<double>(alone) / 8);
}

TEST(Batches, Refuse) {
  test::expect_error(ErrorKind::usage, {"[batches]", "the batch size is 0, expected 1 or more"},
                     [] { return Batches(10, 0, true, 1); });
  test::expect_error(ErrorKind::usage, {"[batches]", "there are 0 rows"}, [] { return Batches(0, 4, true, 1); });
  test::expect_error(ErrorKind::usage, {"[batches]", "there are 0 rows"},
                     [] { return Batches(Dataset{}, 4, true, 1); });
}

TEST(GatherRows, OfEveryWidth) {
  // 1, and both sides of the width from which rows are asked for ahead.
  for (const std::int64_t columns : {1, 2, 30, 255, 256, 257, 1500}) {
    const std::int64_t rows = 23, stride = columns + 3;
    std::vector<float> table(static_cast<std::size_t>(rows * stride), -1);
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c)
        table[static_cast<std::size_t>(r * stride + c)] = static_cast<float>(10000 * r + c);
    }
    const Rows wanted = {22, 0, 7, 7, 3, 21, 1};
    const std::int64_t out_stride = columns + 2;
    std::vector<float> out(wanted.size() * static_cast<std::size_t>(out_stride), -2);
    gather_rows({table.data(), rows, columns, stride}, wanted, out.data(), out_stride);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const float* const row = out.data() + static_cast<std::int64_t>(i) * out_stride;
      for (std::int64_t c = 0; c < columns; ++c)
        ASSERT_EQ(row[c], static_cast<float>(10000 * wanted[i] + c)) << columns;
      ASSERT_EQ(row[columns], -2) << "room between rows is left alone";
    }
  }
  gather_rows({nullptr, 0, 4, 4}, {}, nullptr, 4);
}

}  // namespace
}  // namespace millrace
