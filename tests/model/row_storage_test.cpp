// SPDX-License-Identifier: Apache-2.0
//
// Training on rows in a storage: the same bits where they fit, reproducible windows where they do not, and resuming within
// both.
#include "millrace/row_storage.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "base/random.hpp"
#include "cluster/ranks_of_threads.hpp"
#include "millrace/layers.hpp"
#include "millrace/losses.hpp"
#include "model/models.hpp"
#include "support/expect_error.hpp"
#include "support/temporary.hpp"
#include "table/batches.hpp"
#include "table/storage/resident.hpp"

namespace millrace::test {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20, columns = 1024;

class StoredRows : public ::testing::Test {
 protected:
  void put_rows(const std::optional<RowStorage>& storage, std::int64_t rows) {
    features_ = storage ? storage->matrix(rows, columns) : Matrix(rows, columns);
    targets_ = Matrix(rows, 1);
    for (std::int64_t r = 0; r < rows; ++r) {
      Random random(3, RandomStream::noise, static_cast<std::uint64_t>(r));
      for (std::int64_t c = 0; c < columns; ++c) features_.row(r)[c] = random.uniform() - 0.5F;
      *targets_.row(r) = features_.row(r)[0] - features_.row(r)[1];
    }
    data_ = {};
    data_.features = features_.view();
    data_.targets = targets_.view();
    data_.owners = {features_.owner(), targets_.owner()};
    if (storage) storage->adopt(data_);
  }
  [[nodiscard]] RowStorage storage(std::int64_t above) const {
    return {ResidentMemory().bytes() + above, folder_.path()};
  }
  [[nodiscard]] static Model model() {
    Model made{Dense{.units = 4, .activation = "tanh"}, Dense{.units = 1}};
    made.compile({.loss = MeanSquaredError{}});
    return made;
  }
  [[nodiscard]] FitOptions options(const std::string& checkpoint) const {
    return {.epochs = 2, .batch_size = 256, .seed = 5, .threads = 2, .checkpoint = folder_.file(checkpoint)};
  }

  TemporaryDirectory folder_;
  Matrix features_, targets_;
  Dataset data_;
};

TEST_F(StoredRows, ThatFitTrainWithTheSameBits) {
  put_rows(std::nullopt, 3000);
  Model without = model(), with = model();
  static_cast<void>(without.fit(data_, options("a")));
  put_rows(RowStorage(std::int64_t{4} << 30, folder_.path()), 3000);
  ASSERT_EQ(window_rows(data_, columns), 3000);
  static_cast<void>(with.fit(data_, options("b")));
  EXPECT_EQ(weights_of(with), weights_of(without));
}

TEST_F(StoredRows, InWindowsAreReproducedAndResumed) {
  const RowStorage small = storage(80 * mebibyte);
  put_rows(small, small.limit() / 4 / (columns * 4) * 5 / 2);  // two windows and a half
  ASSERT_LT(window_rows(data_, columns), data_.rows() / 2);
  Model whole = model();
  const std::int64_t steps = whole.fit(data_, options("whole")).steps;
  for (const std::int64_t last : {std::int64_t{1}, steps / 4, steps / 2, steps / 2 + 3, steps - 1}) {
    FitOptions cut = options("cut" + std::to_string(last));
    std::atomic<bool> stop{false};
    std::int64_t done = 0;
    cut.on_step = [&](const StepReport&) { stop = ++done == last; };
    cut.stop = &stop;
    EXPECT_THROW(static_cast<void>(model().fit(data_, cut)), Error);
    FitOptions rest = options("cut" + std::to_string(last));
    rest.resume = true;
    rest.threads = 1;
    Model resumed = model();
    static_cast<void>(resumed.fit(data_, rest));
    EXPECT_EQ(weights_of(resumed), weights_of(whole)) << last;
  }
  FitOptions rest = options("whole");
  rest.resume = true;
  rest.epochs = 3;
  const auto resume = [&] { static_cast<void>(model().fit(data_, rest)); };
  data_.owners.clear();
  RowStorage(small.limit() * 2, folder_.path()).adopt(data_);
  expect_error(ErrorKind::usage, {"rows of a window"}, resume);
  data_.owners.clear();
  expect_error(ErrorKind::usage, {"rows of a window"}, resume);
}

// A run that looks for the step that failed goes through the windows as training does.
TEST_F(StoredRows, OfEarlierWindowsAreGivenBackAfterAFailure) {
  const RowStorage small = storage(80 * mebibyte);
  const std::int64_t window = small.limit() / 4;
  put_rows(small, window / (columns * 4) * 9 / 4);
  FitOptions once = options("failed");
  once.epochs = 1;
  Batches order(data_, once.batch_size, true, once.seed);
  order.begin_epoch(0);
  *targets_.row(order.rows_of_batch(order.count() - 1)[0]) = 1e30F;
  expect_error(ErrorKind::non_finite, {"the batch of that step has the rows"},
               [&] { return model().fit(data_, once).steps; });
  const ResidentMemory resident;
  const std::int64_t with_rows = resident.bytes();
  small.release();
  EXPECT_LT(with_rows - resident.bytes(), window);
}

TEST_F(StoredRows, InWindowsTrainWithTheSameBitsOnAnyNumberOfRanks) {
  const RowStorage small = storage(80 * mebibyte);
  put_rows(small, small.limit() / 4 / (columns * 4) * 5 / 2);
  FitOptions sliced = options("");
  sliced.checkpoint.clear();
  sliced.slices = 6;
  Model alone = model();
  static_cast<void>(alone.fit(data_, sliced));
  for (const int ranks : {2, 3}) {
    const auto errors = for_ranks(ranks, [&](Cluster& cluster) {
      FitOptions own = sliced;
      own.cluster = &cluster;
      Model of_rank = model();
      static_cast<void>(of_rank.fit(data_, own));
      EXPECT_EQ(weights_of(of_rank), weights_of(alone)) << "rank " << cluster.rank() << " of " << ranks;
    });
    for (const std::string& error : errors) EXPECT_EQ(error, "");
  }
}

}  // namespace
}  // namespace millrace::test
