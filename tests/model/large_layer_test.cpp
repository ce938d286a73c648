// SPDX-License-Identifier: Apache-2.0
//
// Layers so large that their plan differs, compared with the plan of a smaller batch.
#include <gtest/gtest.h>

#include <cmath>

#include "model/models.hpp"

namespace millrace::test {
namespace {

// The weights after three epochs on 128 rows in batches of `batch` rows.
std::vector<float> trained(std::int64_t batch, int threads, const std::string& gemm, std::string* plan = nullptr) {
  constexpr std::int64_t rows = 128, columns = 8;
  std::vector<float> x, y;
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) x.push_back(std::sin(static_cast<float>(3 * r + 7 * c)));
    y.push_back(x[static_cast<std::size_t>(r * columns)]);
  }
  Model model{Dense{.units = 1456, .activation = "relu"}, Dense{.units = 1456, .activation = "tanh"},
              Dense{.units = 1}};
  UpdateOptions update;
  update.gradient_accumulation_steps = rows / batch;
  model.compile({.optimizer = Sgd{.learning_rate = 0.05}, .loss = MeanSquaredError{}, .update = update});
  const History history =
      model.fit(Dataset::view(x, columns, y),
                {.epochs = 3, .batch_size = batch, .shuffle = false, .seed = 5, .threads = threads, .gemm = gemm});
  if (plan != nullptr) *plan = history.plan;
  return weights_of(model);
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double{a[i]} - b[i]));
  return largest;
}

TEST(LargeLayer, UsesATransposedCopyOfTheCurrentWeights) {
  std::string whole_plan, half_plan;
  const std::vector<float> whole = trained(128, 1, "onednn", &whole_plan),
                           halves = trained(64, 1, "onednn", &half_plan);
  EXPECT_NE(whole_plan.find("1456x1456  forward"), std::string::npos) << whole_plan;
  EXPECT_NE(whole_plan.find("of a transposed copy"), std::string::npos) << whole_plan;
  EXPECT_EQ(half_plan.find("of a transposed copy"), std::string::npos) << half_plan;
  EXPECT_LT(largest_difference(whole, halves), 1e-5);
  EXPECT_EQ(trained(128, 3, "onednn"), whole);
}

TEST(LargeLayer, TrainsTheSameWithTheKernelsOfThisProcessor) {
  const std::vector<float> own = trained(128, 1, "auto");
  EXPECT_LT(largest_difference(own, trained(128, 1, "onednn")), 1e-5);
  EXPECT_EQ(trained(128, 3, "auto"), own);
}

// Covers a few rows, for which the threads share each layer's weights; rows that the first layer reads from the table; and
// rows that are copied, because they are a selection or do not fill a chunk.
TEST(LargeLayer, PredictsARowTheSameAloneAndAmongOthers) {
  constexpr std::int64_t rows = 600, columns = 40, stride = 43;
  std::vector<float> x(rows * stride);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(5 * i));
  Model model{Dense{.units = 500, .activation = "relu"}, Dense{.units = 330, .activation = "gelu"},
              Dense{.units = 270, .activation = "tanh"}, Dense{.units = 3, .activation = "softmax"}};
  model.build(columns);
  const auto of = [&](std::int64_t first, std::int64_t count, int threads) {
    const auto from = static_cast<std::size_t>(first * stride), size = static_cast<std::size_t>(count * stride);
    Dataset data = Dataset::view(std::span(x).subspan(from, size), stride);
    data.features.columns = columns;
    return model.predict(data, threads);
  };
  const Matrix all = of(0, rows, 1);
  for (const std::int64_t count : {1, 3, 4, 9, 16, 256, 600}) {
    for (const int threads : {1, 2, 3}) {
      const std::int64_t first = (rows - count) / 2;
      const Matrix some = of(first, count, threads);
      for (std::int64_t r = 0; r < count; ++r) {
        for (std::int64_t c = 0; c < 3; ++c)
          ASSERT_EQ(some.row(r)[c], all.row(first + r)[c]) << count << " rows, " << threads << " threads, row " << r;
      }
    }
  }
  Dataset selected = Dataset::view(x, stride);
  selected.features.columns = columns;
  for (std::int64_t r = rows; r > 0; --r) selected.selection.push_back(r - 1);
  const Matrix backwards = model.predict(selected, 2);
  for (std::int64_t r = 0; r < rows; ++r) ASSERT_EQ(backwards.row(r)[0], all.row(rows - 1 - r)[0]) << "row " << r;
}

}  // namespace
}  // namespace millrace::test
