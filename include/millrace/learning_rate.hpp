// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const LearningRateCurve curve = model.find_learning_rate(data, {.steps = 200});
//   if (curve.suggestion) model.compile({.optimizer = Adam{.learning_rate = *curve.suggestion}, ...});
//
// The learning-rate range test (Smith 2015): the rate rises by the same factor every step, until the loss explodes.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

struct LearningRateRange {
  double lowest = 1e-7, highest = 10;
  std::int64_t steps = 100;  ///< at least 10
  double smoothing = 0.9;    ///< share of the moving average of losses that is kept, its start corrected
  double divergence = 4;     ///< ends the test when the smoothed loss is so many times its least
  std::int64_t batch_size = 32;
  bool shuffle = true;
  std::uint64_t seed = 0;  ///< as FitOptions::seed
  int threads = 0;
  std::string gemm = "auto";
  const std::atomic<bool>* stop = nullptr;  ///< as FitOptions::stop
};

struct LearningRatePoint {
  double learning_rate = 0;
  double loss = 0;  ///< of the step's batch, before its update
  double smoothed = 0;
};

struct LearningRateCurve {
  std::vector<LearningRatePoint> points;
  /// Where the smoothed loss falls most steeply over the logarithm of the rate, the first tenth of the points left out;
  /// nothing where it falls nowhere.
  std::optional<double> suggestion;
  bool diverged = false;  ///< ended before the highest rate
};

}  // namespace millrace
