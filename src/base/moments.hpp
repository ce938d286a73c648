// SPDX-License-Identifier: Apache-2.0
//
// The mean of numbers and how far they are from it.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace millrace {

struct Moments {
  double mean = 0;
  double deviation = 0;  ///< of the population (ddof 0); 0 if the numbers are equal or their mean is not finite
};

/// Of numbers with weights of 0 or more, one for each; without weights, each counts as 1. 0 and 0 if nothing counts.
/// Distances are taken from the mean: a mean square less the squared mean would cancel if the mean is far from 0. Equal
/// numbers are found by themselves, because their mean may differ from them in the last bit.
[[nodiscard]] inline Moments moments_of(std::span<const double> values, std::span<const double> weights = {}) {
  const auto weight = [&](std::size_t i) { return weights.empty() ? 1 : weights[i]; };
  double total = 0, sum = 0, squares = 0;
  bool varies = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    total += weight(i);
    sum += weight(i) * values[i];
    varies |= values[i] != values[0];
  }
  if (!(total > 0)) return {};
  const double mean = sum / total;
  if (!varies || !std::isfinite(mean)) return {mean, 0};
  for (std::size_t i = 0; i < values.size(); ++i) squares += weight(i) * (values[i] - mean) * (values[i] - mean);
  return {mean, std::sqrt(squares / total)};
}

}  // namespace millrace
