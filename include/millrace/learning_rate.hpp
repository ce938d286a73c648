// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const LearningRateCurve curve = model.find_learning_rate(data, {.steps = 200});
//   if (curve.suggestion) model.compile({.optimizer = Adam{.learning_rate = *curve.suggestion}, ...});
//
// The learning-rate range test (Smith 2015): the rate grows by the same factor at every step until the loss diverges.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

struct LearningRateRange {
  double lowest = 1e-7, highest = 10;  ///< rates of the first and the last step
  std::int64_t steps = 100;            ///< at least 10
  double smoothing = 0.9;  ///< share of the old value in the moving average of losses, which is bias-corrected
  double divergence = 4;   ///< the test ends when the smoothed loss exceeds this multiple of its minimum
  std::int64_t batch_size = 32;
  bool shuffle = true;
  std::uint64_t seed = 0;                   ///< as FitOptions::seed
  int threads = 0;                          ///< as FitOptions::threads
  std::string gemm = "auto";                ///< as FitOptions::gemm
  std::string kernels = "auto";             ///< as FitOptions::kernels
  std::string precision = "fp32";           ///< as FitOptions::precision
  const std::atomic<bool>* stop = nullptr;  ///< as FitOptions::stop
};

struct LearningRatePoint {
  double learning_rate = 0;
  double loss = 0;  ///< of the step's batch, before its update
  double smoothed = 0;
};

struct LearningRateCurve {
  std::vector<LearningRatePoint> points;
  /// The rate around which the smoothed loss falls most steeply. The slope is that over the logarithm of the rate, in a
  /// window of a fifth of the steps. The first tenth of the steps, and those after the least smoothed loss, do not count.
  /// Empty if the loss falls nowhere else.
  std::optional<double> suggestion;
  bool diverged = false;  ///< the loss diverged, so that the test ended before the highest rate
};

}  // namespace millrace
