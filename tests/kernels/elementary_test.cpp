// SPDX-License-Identifier: Apache-2.0
#include "kernels/elementary.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace millrace::test {

namespace {

// The distance from the right answer, in units of its last place.
double units(float value, long double right) {
  const auto rounded = static_cast<float>(right);
  const long double unit =
      std::nextafter(std::abs(rounded), std::numeric_limits<float>::infinity()) - std::abs(rounded);
  return static_cast<double>(std::abs(static_cast<long double>(value) - right) / unit);
}

constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();

// Every so many of the floats from `low` up to `high`, both of one sign.
template <class Use>
void for_floats(float low, float high, std::int32_t step, const Use& use) {
  const auto end = std::bit_cast<std::int32_t>(high);
  for (auto bits = std::bit_cast<std::int32_t>(low); bits <= end; bits += step) use(std::bit_cast<float>(bits));
}

template <class Function, class Reference>
double worst_units(float low, float high, const Function& function, const Reference& reference) {
  double worst = 0;
  for_floats(low, high, 499, [&](float x) {
    for (const float signed_x : {x, -x}) {
      const long double right = reference(static_cast<long double>(signed_x));
      if (std::isnormal(right)) worst = std::max(worst, units(function(signed_x), right));
    }
  });
  return worst;
}

TEST(Elementary, ExponentialIsWithinTwoUnits) {
  double worst = 0;
  for (float x = -87.3F; x < 88.7F; x += 0.00037F)
    worst = std::max(worst, units(exponential(x), std::exp(static_cast<double>(x))));
  EXPECT_LT(worst, 2);
  for (const float x : {0.0F, -0.0F}) EXPECT_EQ(exponential(x), 1.0F);
}

TEST(Elementary, ExponentialIsZeroOrInfinityBeyondItsRange) {
  for (const float x : {-88.0F, -1e4F, -infinity}) EXPECT_EQ(exponential(x), 0.0F) << x;
  for (const float x : {88.8F, 1e4F, infinity}) EXPECT_EQ(exponential(x), infinity) << x;
  EXPECT_TRUE(std::isnan(exponential(nan)));
}

TEST(Elementary, LogOfOnePlusIsWithinTwoUnits) {
  double worst = 0;
  for (float x = 1.0F; x > 1e-37F; x *= 0.9997F)
    worst = std::max(worst, units(log_of_one_plus(x), std::log1p(static_cast<double>(x))));
  EXPECT_LT(worst, 2);
  EXPECT_EQ(log_of_one_plus(0.0F), 0.0F);
}

TEST(Elementary, ExponentialMinusOneIsWithinThreeUnits) {
  const auto ours = [](float x) { return exponential_minus_one(x); };
  EXPECT_LT(worst_units(1e-37F, 88.7F, ours, [](long double x) { return std::expm1(x); }), 3);
  EXPECT_EQ(exponential_minus_one(0.0F), 0.0F);
  for (const float x : {-17.5F, -100.0F, -1e30F, -infinity}) EXPECT_EQ(exponential_minus_one(x), -1.0F) << x;
  for (const float x : {88.8F, 1e4F, infinity}) EXPECT_EQ(exponential_minus_one(x), infinity) << x;
  EXPECT_TRUE(std::isnan(exponential_minus_one(nan)));
}

TEST(Elementary, HyperbolicTangentIsWithinThreeUnits) {
  const auto ours = [](float x) { return hyperbolic_tangent(x); };
  EXPECT_LT(worst_units(1e-37F, 20.0F, ours, [](long double x) { return std::tanh(x); }), 3);
  EXPECT_EQ(hyperbolic_tangent(infinity), 1.0F);
  EXPECT_EQ(hyperbolic_tangent(-infinity), -1.0F);
  EXPECT_EQ(hyperbolic_tangent(0.0F), 0.0F);
  EXPECT_TRUE(std::isnan(hyperbolic_tangent(nan)));
}

TEST(Elementary, ErrorFunctionIsWithinFourUnits) {
  const auto ours = [](float x) { return error_function(x); };
  EXPECT_LT(worst_units(1e-37F, 6.0F, ours, [](long double x) { return std::erf(x); }), 4);
  for (const float x : {4.0F, 1e10F, infinity}) {
    EXPECT_EQ(error_function(x), 1.0F);
    EXPECT_EQ(error_function(-x), -1.0F);
  }
  EXPECT_EQ(error_function(0.0F), 0.0F);
  EXPECT_TRUE(std::isnan(error_function(nan)));
}

TEST(Elementary, LogarithmIsWithinTwoUnits) {
  double worst = 0;
  for_floats(1e-44F, std::numeric_limits<float>::max(), 499, [&](float x) {
    if (x != 1) worst = std::max(worst, units(logarithm(x), std::log(static_cast<long double>(x))));
  });
  EXPECT_LT(worst, 2);
  EXPECT_EQ(logarithm(1.0F), 0.0F);
  EXPECT_EQ(logarithm(0.0F), -infinity);
  EXPECT_EQ(logarithm(infinity), infinity);
  for (const float x : {-1.0F, -infinity, nan}) EXPECT_TRUE(std::isnan(logarithm(x)));
}

TEST(Elementary, LogOfOneMinusIsWithinThreeUnits) {
  double worst = 0;
  for_floats(1e-37F, 0.9999999F, 499, [&](float x) {
    worst = std::max(worst, units(log_of_one_minus(x), std::log1p(-static_cast<long double>(x))));
  });
  EXPECT_LT(worst, 3);
  EXPECT_EQ(log_of_one_minus(0.0F), 0.0F);
}

}  // namespace

}  // namespace millrace::test
