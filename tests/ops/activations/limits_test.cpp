// SPDX-License-Identifier: Apache-2.0
//
// Each activation stays within the limits that it declares, and comes close to them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ops/activations/activation.hpp"

namespace millrace::test {
namespace {

// Values of a row of two units, one of which goes from one end of the numbers to the other while the other is 0.
ValueLimits found_in(const Activation& activation) {
  constexpr double far = 1e6, near = 12, step = 1.0 / 64;
  ValueLimits found{.least = 1e300, .most = -1e300};
  const auto look = [&](double z) {
    const double row[] = {z, 0};
    double y[2];
    activation.reference(row, y);
    found = {std::min(found.least, y[0]), std::max(found.most, y[0])};
  };
  look(-far);
  look(far);
  for (double z = -near; z <= near; z += step) look(z);
  return found;
}

void expect_limits(const std::string& text) {
  const auto activation = make_activation(text);
  const ValueLimits declared = activation->limits(), found = found_in(*activation);
  constexpr double close = 1e-4, unlimited = 1e3;
  EXPECT_GE(found.least, declared.least) << text;
  EXPECT_LE(found.most, declared.most) << text;
  EXPECT_TRUE(std::isinf(declared.least) ? found.least < -unlimited : found.least < declared.least + close)
      << text << " has " << found.least << ", and declares " << declared.least;
  EXPECT_TRUE(std::isinf(declared.most) ? found.most > unlimited : found.most > declared.most - close)
      << text << " has " << found.most << ", and declares " << declared.most;
}

TEST(ValueLimits, AreThoseOfTheFunction) {
  for (const ActivationRow& row : activation_table()) expect_limits(std::string(row.name));
  for (const char* text :
       {"leaky_relu:alpha=0", "leaky_relu:alpha=0.01", "elu:alpha=0", "elu:alpha=2.5", "gelu:approximate=true"})
    expect_limits(text);
}

}  // namespace
}  // namespace millrace::test
