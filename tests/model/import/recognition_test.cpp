// SPDX-License-Identifier: Apache-2.0
#include "model/import/recognition.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace millrace {
namespace {

TensorFunction by_element(double (*f)(double)) {
  return [f](const DoubleTensor& x) {
    DoubleTensor y = x;
    for (double& value : y.values) value = f(value);
    return y;
  };
}

std::string activation(double (*f)(double)) {
  const auto known = recognise(by_element(f), {4});
  const auto* found = known ? std::get_if<KnownActivation>(&*known) : nullptr;
  return found == nullptr ? "" : found->text;
}

TEST(Recognition, NamesActivationsByWhatTheyCompute) {
  EXPECT_EQ(activation([](double x) { return x; }), "linear");
  EXPECT_EQ(activation([](double x) { return std::max(0.0, x); }), "relu");
  EXPECT_EQ(activation([](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }), "gelu");
  EXPECT_EQ(activation([](double x) { return x / (1 + std::exp(-x)); }), "silu");
  EXPECT_EQ(activation([](double x) { return x > 0 ? x : 0.1 * x; }), "leaky_relu:alpha=0.1");
  EXPECT_EQ(activation([](double x) { return x > 0 ? x : 0.5 * std::expm1(x); }), "elu:alpha=0.5");
  EXPECT_EQ(activation([](double x) { return std::sin(x); }), "");
  EXPECT_EQ(activation([](double x) { return std::min(6.0, std::max(0.0, x)); }), "relu6");
  EXPECT_EQ(activation([](double x) { return std::min(1.0, std::max(-1.0, x)); }), "hard_tanh");
  EXPECT_EQ(activation([](double x) { return std::min(5.0, std::max(0.0, x)); }), "");
}

TEST(Recognition, FindsScaleAndShift) {
  const auto known = recognise(by_element([](double x) { return (x - 3) / 4; }), {2});
  ASSERT_TRUE(known && std::holds_alternative<KnownAffine>(*known));
  const auto& affine = std::get<KnownAffine>(*known);
  EXPECT_NEAR(affine.scale[1], 0.25, 1e-12);
  EXPECT_NEAR(affine.shift[1], 3, 1e-12);
  EXPECT_NEAR(affine.offset[0], -0.75, 1e-12);
}

// gamma (x - mean) / sqrt(variance + epsilon) + beta, or without the mean.
TensorFunction normalization(bool centered, double epsilon, std::vector<double> gamma, std::vector<double> beta) {
  return [=](const DoubleTensor& x) {
    DoubleTensor y = x;
    const std::size_t width = gamma.size();
    for (std::size_t first = 0; first < y.values.size(); first += width) {
      double mean = 0, square = 0;
      for (std::size_t i = 0; i < width; ++i) mean += centered ? x.values[first + i] / static_cast<double>(width) : 0;
      for (std::size_t i = 0; i < width; ++i)
        square += std::pow(x.values[first + i] - mean, 2) / static_cast<double>(width);
      for (std::size_t i = 0; i < width; ++i)
        y.values[first + i] = gamma[i] * (x.values[first + i] - mean) / std::sqrt(square + epsilon) + beta[i];
    }
    return y;
  };
}

TEST(Recognition, FindsTheParametersOfNormalizations) {
  const std::vector<double> gamma{1.5, -0.5, 2, 0.25, 1}, beta{0.1, 0.2, -0.3, 0, 5};
  for (const double epsilon : {1e-3, 1e-5, 1e-12}) {
    const auto known = recognise(normalization(true, epsilon, gamma, beta), {5});
    ASSERT_TRUE(known && std::holds_alternative<KnownNormalization>(*known)) << epsilon;
    const auto& found = std::get<KnownNormalization>(*known);
    EXPECT_TRUE(found.centered);
    EXPECT_NEAR(found.epsilon, epsilon, 1e-3 * epsilon);
    for (std::size_t i = 0; i < gamma.size(); ++i) {
      EXPECT_NEAR(found.gamma[i], gamma[i], 1e-9);
      EXPECT_NEAR(found.beta[i], beta[i], 1e-9);
    }
  }
  const auto root = recognise(normalization(false, 1e-6, gamma, {0, 0, 0, 0, 0}), {5});
  ASSERT_TRUE(root && std::holds_alternative<KnownNormalization>(*root));
  EXPECT_FALSE(std::get<KnownNormalization>(*root).centered);
}

TEST(Recognition, FindsOneSlopeAnElement) {
  const auto known = recognise(
      [](const DoubleTensor& x) {
        DoubleTensor y = x;
        for (std::size_t i = 0; i < y.values.size(); ++i)
          if (x.values[i] < 0) y.values[i] *= i % 2 == 0 ? 0.25 : -0.5;
        return y;
      },
      {2});
  ASSERT_TRUE(known && std::holds_alternative<KnownSlopes>(*known));
  EXPECT_EQ(std::get<KnownSlopes>(*known).slopes, (std::vector<double>{0.25, -0.5}));
}

}  // namespace
}  // namespace millrace
