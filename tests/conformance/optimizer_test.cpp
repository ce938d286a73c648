// SPDX-License-Identifier: Apache-2.0
//
// Every optimizer of the table, and every example of its options, against its reference in double.
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.hpp"
#include "ops/optimizers/optimizer.hpp"

#include "conformance/cases.hpp"

namespace millrace::test {
namespace {

std::vector<std::string> optimizer_texts() {
  std::vector<std::string> texts;
  for (const OptimizerRow& row : optimizer_table()) {
    texts.emplace_back(row.name);
    texts.insert(texts.end(), row.examples.begin(), row.examples.end());
  }
  return texts;
}

class OptimizerConformance : public ::testing::TestWithParam<std::string> {};

TEST_P(OptimizerConformance, FollowsItsReference) {
  const auto optimizer = make_optimizer(parse_optimizer(GetParam()));
  const auto slots = static_cast<int>(optimizer->slots().size());
  // 5 rows of 37 columns in memory of stride 40, the gradient's stride 48: tails and gaps are exercised.
  constexpr std::int64_t rows = 5, columns = 37, stride = 40, gradient_stride = 48;
  Random random(3, RandomStream::noise);
  std::vector<float> weights(rows * stride), gradient(rows * gradient_stride);
  std::vector<std::vector<float>> state(static_cast<std::size_t>(slots), std::vector<float>(rows * stride));
  for (float& w : weights) w = static_cast<float>(random.normal());
  const std::vector<float> untouched = weights;
  std::vector<double> expected(weights.begin(), weights.end());
  std::vector<std::vector<double>> expected_state(rows * stride, std::vector<double>(static_cast<std::size_t>(slots)));
  for (int slot = 0; slot < slots; ++slot) {
    std::fill(state[static_cast<std::size_t>(slot)].begin(), state[static_cast<std::size_t>(slot)].end(),
              optimizer->initial_slot(slot));
    for (auto& values : expected_state)
      values[static_cast<std::size_t>(slot)] = static_cast<double>(optimizer->initial_slot(slot));
  }

  UpdateBlock block;
  block.weights = weights.data();
  for (int slot = 0; slot < slots; ++slot)
    block.slots[static_cast<std::size_t>(slot)] = state[static_cast<std::size_t>(slot)].data();
  block.gradient = gradient.data();
  block.rows = rows;
  block.columns = columns;
  block.stride = stride;
  block.gradient_stride = gradient_stride;
  const double rate = optimizer->learning_rate();
  for (std::int64_t iteration = 1; iteration <= 50; ++iteration) {
    for (float& g : gradient) g = static_cast<float>(random.normal());
    optimizer->update(block, optimizer->constants(iteration, rate));
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c) {
        optimizer->reference(expected[r * stride + c], expected_state[r * stride + c],
                             static_cast<double>(gradient[r * gradient_stride + c]), iteration, rate);
      }
    }
  }
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c)
      EXPECT_NEAR(static_cast<double>(weights[r * stride + c]), expected[r * stride + c],
                  2e-5 * std::max(1.0, std::abs(expected[r * stride + c])));
    for (std::size_t c = columns; c < stride; ++c)
      EXPECT_EQ(weights[r * stride + c], untouched[r * stride + c]) << "outside the block";
  }
}

INSTANTIATE_TEST_SUITE_P(Table, OptimizerConformance, ::testing::ValuesIn(optimizer_texts()),
                         [](const auto& value) { return case_name(value.param); });

}  // namespace
}  // namespace millrace::test
