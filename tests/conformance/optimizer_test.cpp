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

// Padding has the gradient 0 in every step, as has the weight of a feature that is always 0: it may shrink, but the
// first stays 0 and the second a number. Sums of squares that begin at 0 are still 0 then.
class WithoutGradient : public ::testing::TestWithParam<std::string> {};

TEST_P(WithoutGradient, ZerosStayZeroAndWeightsFinite) {
  const auto optimizer = make_optimizer(parse_optimizer(GetParam()));
  constexpr std::int64_t columns = 37;
  std::vector<float> weights(columns), gradient(columns);
  for (std::size_t i = 0; i < columns; i += 2) weights[i] = 0.25F;
  UpdateBlock block;
  std::vector<std::vector<float>> state;
  for (int slot = 0; slot < std::ssize(optimizer->slots()); ++slot)
    state.emplace_back(columns, optimizer->initial_slot(slot));
  for (std::size_t slot = 0; slot < state.size(); ++slot) block.slots[slot] = state[slot].data();
  block.weights = weights.data();
  block.gradient = gradient.data();
  block.rows = 1;
  block.columns = block.stride = block.gradient_stride = columns;
  for (std::int64_t iteration = 1; iteration <= 3; ++iteration)
    optimizer->update(block, optimizer->constants(iteration, optimizer->learning_rate()));
  for (std::size_t i = 0; i < columns; ++i) {
    if (i % 2 == 0)
      EXPECT_LE(std::abs(weights[i]), 0.25F) << i;  // which a NaN is not
    else
      EXPECT_EQ(weights[i], 0.0F) << i;
  }
}

std::vector<std::string> texts_with_sums_from_zero() {
  std::vector<std::string> texts = optimizer_texts();
  for (const char* text : {"adagrad:initial_accumulator_value=0", "ftrl:initial_accumulator_value=0",
                           "ftrl:initial_accumulator_value=0:learning_rate_power=-0.7",
                           "ftrl:initial_accumulator_value=0:l2_shrinkage_regularization_strength=0.01"})
    texts.emplace_back(text);
  return texts;
}

INSTANTIATE_TEST_SUITE_P(Table, WithoutGradient, ::testing::ValuesIn(texts_with_sums_from_zero()),
                         [](const auto& value) { return case_name(value.param); });

}  // namespace
}  // namespace millrace::test
