// SPDX-License-Identifier: Apache-2.0
#include "step/gradient_scales.hpp"

#include <algorithm>
#include <cmath>

namespace millrace {

double sum_of_squares(const float* values, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  return sum;
}

// PyTorch's clip_grad_norm_ divides by norm + 1e-6.
GradientScales::GradientScales(const Network& network, const UpdateOptions& options, std::int64_t range_count)
    : mean_(1.0 / static_cast<double>(options.gradient_accumulation_steps)),
      clipnorm_(options.clipnorm.value_or(0)),
      global_clipnorm_(options.global_clipnorm.value_or(0)),
      epsilon_(network.semantics() == Semantics::torch ? 1e-6 : 0),
      scales_(network.parameters().size(), static_cast<float>(mean_)),
      parameter_sums_(network.parameters().size()),
      range_sums_(range_count) {}

void GradientScales::find(const Phases& phases, std::span<const WeightRange> ranges, const float* gradient) {
  if (clipnorm_ <= 0 && global_clipnorm_ <= 0) return;
  phases.run(Phase::norms, std::ssize(ranges), [&](std::int64_t index, int) {
    const WeightRange& range = ranges[index];
    range_sums_[index] = sum_of_squares(gradient + range.offset, range.count);
  });
  std::fill(parameter_sums_.begin(), parameter_sums_.end(), 0.0);
  double total = 0;
  for (std::int64_t i = 0; i < std::ssize(ranges); ++i) {
    parameter_sums_[ranges[i].parameter] += range_sums_[i];
    total += range_sums_[i];
  }
  const auto clipped = [&](double sum, double limit) {
    const double norm = mean_ * std::sqrt(sum) + epsilon_;
    return static_cast<float>(norm > limit ? mean_ * limit / norm : mean_);
  };
  for (std::int64_t p = 0; p < std::ssize(scales_); ++p)
    scales_[p] = global_clipnorm_ > 0 ? clipped(total, global_clipnorm_) : clipped(parameter_sums_[p], clipnorm_);
}

}  // namespace millrace
