// SPDX-License-Identifier: Apache-2.0
//
// Losses that are sums of one term for each output: the loops over rows, and the sum.
#pragma once

#include <algorithm>
#include <array>

#include "base/vectorize.hpp"
#include "ops/losses/loss.hpp"

namespace millrace {

/// The sum in double, in an order that depends only on `count`.
[[nodiscard]] double sum_of(const float* values, std::int64_t count);
/// y = x * factor
void scale(const float* x, float factor, float* y, std::int64_t count);

/// Input and output of a function that computes terms: `count` outputs side by side.
struct TermRun {
  const float *output, *target;
  std::int64_t count;
  float *loss, *slope;
  float* prediction;  ///< null: not needed
};

/// Calls loop(keep); the loop calls keep(i, prediction) for each output. It is compiled twice, with and without storing
/// predictions, so that no iteration has to ask.
template <class Loop>
MILLRACE_INLINE void with_predictions(const TermRun& run, const Loop& loop) {
  if (run.prediction != nullptr)
    loop([&](std::int64_t i, float prediction) { run.prediction[i] = prediction; });
  else
    loop([](std::int64_t, float) {});
}

/// Sets delta = slope * slope_factor * weight, and prediction; returns the sum of loss * weight. Rows without gaps are
/// handled as one long run: a network with one output would otherwise have a run for each row.
template <class Terms>
[[nodiscard]] double sum_terms(const LossBatch& batch, float slope_factor, const Terms& terms) {
  constexpr std::int64_t block = 256;
  std::array<float, block> losses, slopes;
  const std::int64_t width = batch.outputs;
  const auto has_no_gap = [&](const auto& rows) { return rows.data == nullptr || rows.stride == width; };
  const bool joined = batch.weights == nullptr && has_no_gap(batch.output) && has_no_gap(batch.target) &&
                      has_no_gap(batch.prediction) && has_no_gap(batch.delta);
  const std::int64_t runs = joined ? 1 : batch.rows, length = joined ? batch.rows * width : width;
  double sum = 0;
  for (std::int64_t r = 0; r < runs; ++r) {
    const float weight = batch.weights != nullptr ? batch.weights[r] : 1.0F;
    for (std::int64_t at = 0; at < length; at += block) {
      const std::int64_t count = std::min(block, length - at);
      terms(TermRun{batch.output.row(r) + at, batch.target.row(r) + at, count, losses.data(), slopes.data(),
                    batch.prediction.data != nullptr ? batch.prediction.row(r) + at : nullptr});
      sum += sum_of(losses.data(), count) * static_cast<double>(weight);
      if (batch.delta.data != nullptr)
        scale(slopes.data(), slope_factor * weight * batch.scale, batch.delta.row(r) + at, count);
    }
  }
  return sum;
}

}  // namespace millrace
