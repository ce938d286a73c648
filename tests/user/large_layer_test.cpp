// SPDX-License-Identifier: Apache-2.0
//
// Layers so large that the plan treats them otherwise, compared with the plan of a smaller batch, which does not.
#include <gtest/gtest.h>

#include <cmath>

#include "user/models.hpp"

namespace millrace::test {
namespace {

// What comes of three steps on 128 rows, in batches of `batch` rows.
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
      model.fit(Dataset::view(x.data(), rows, columns, y.data(), 1),
                {.epochs = 3, .batch_size = batch, .shuffle = false, .seed = 5, .threads = threads, .gemm = gemm});
  if (plan != nullptr) *plan = history.plan;
  return weights_of(model);
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double{a[i]} - b[i]));
  return largest;
}

TEST(LargeLayer, ItsTransposedCopyIsThatOfTheStepsWeights) {
  std::string whole_plan, half_plan;
  const std::vector<float> whole = trained(128, 1, "onednn", &whole_plan),
                           halves = trained(64, 1, "onednn", &half_plan);
  EXPECT_NE(whole_plan.find("1456x1456  forward"), std::string::npos) << whole_plan;
  EXPECT_NE(whole_plan.find("of a transposed copy"), std::string::npos) << whole_plan;
  EXPECT_EQ(half_plan.find("of a transposed copy"), std::string::npos) << half_plan;
  EXPECT_LT(largest_difference(whole, halves), 1e-5);
  EXPECT_EQ(trained(128, 3, "onednn"), whole);
}

TEST(LargeLayer, WithTheKernelsOfThisProcessorItIsTheSame) {
  const std::vector<float> own = trained(128, 1, "auto");
  EXPECT_LT(largest_difference(own, trained(128, 1, "onednn")), 1e-5);
  EXPECT_EQ(trained(128, 3, "auto"), own);
}

}  // namespace
}  // namespace millrace::test
