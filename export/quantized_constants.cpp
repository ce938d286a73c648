// SPDX-License-Identifier: Apache-2.0
#include "export/quantized_constants.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "export/operator_support.hpp"

namespace millrace {

namespace {

constexpr double least_scale = std::numeric_limits<float>::min();

// Of a channel whose largest number is `most`.
float scale_for(double most, double steps) {
  return most > 0 ? static_cast<float>(std::max(most / steps, least_scale)) : 1.0F;
}

std::int64_t integer_of(float weight, float scale, double steps) {
  const double whole = std::nearbyint(static_cast<double>(weight) / static_cast<double>(scale));
  return static_cast<std::int64_t>(std::clamp(whole, -steps, steps));
}

QuantizedWeights quantize(const GraphTensor& weights, const AxisView& view, double steps) {
  const auto channels = static_cast<std::size_t>(view.extent), inner = static_cast<std::size_t>(view.inner);
  std::vector<double> most(channels);
  const auto channel = [&](std::size_t i) { return i / inner % channels; };
  for (std::size_t i = 0; i < weights.values.size(); ++i)
    most[channel(i)] = std::max(most[channel(i)], std::abs(static_cast<double>(weights.values[i])));
  QuantizedWeights result{.integers = {.shape = weights.shape, .smaller = ValueType::int8}, .scales = {}};
  for (const double size : most) result.scales.push_back(scale_for(size, steps));
  for (std::size_t i = 0; i < weights.values.size(); ++i)
    result.integers.integers.push_back(integer_of(weights.values[i], result.scales[channel(i)], steps));
  return result;
}

// Zero is exact, because padding and the cut of a relu are zeros.
ByteScale scale_of(double least, double most) {
  if (most <= least) return {};
  const double scale = std::max((most - least) / 255, least_scale);
  return {static_cast<float>(scale), static_cast<std::int64_t>(std::clamp(std::nearbyint(-least / scale), 0.0, 255.0))};
}

double squared_error(const std::vector<float>& sample, const ByteScale& to) {
  double sum = 0;
  const auto scale = static_cast<double>(to.scale), zero = static_cast<double>(to.zero_point);
  for (const float number : sample) {
    const auto exact = static_cast<double>(number);
    const double kept = (std::clamp(std::nearbyint(exact / scale) + zero, 0.0, 255.0) - zero) * scale;
    sum += (kept - exact) * (kept - exact);
  }
  return sum;
}

}  // namespace

QuantizedWeights quantize_channels(const GraphTensor& weights, std::size_t axis) {
  return quantize(weights, AxisView(weights.shape, axis), 63);
}

QuantizedWeights quantize_table(const GraphTensor& weights) {
  const AxisView all({1, std::ssize(weights.values)}, 0);
  return quantize(weights, all, 127);
}

ByteScale byte_scale(const ObservedValue& value) {
  double least = value.least, most = value.most;
  double least_error = squared_error(value.sample, scale_of(least, most));
  // First one end, then the other: rare extremes lie at one of them.
  for (double* const end : {&most, &least}) {
    const double whole = *end;
    for (double part = 0.95, best = whole; part > 0.02; part *= 0.9) {
      *end = part * whole;
      const double error = squared_error(value.sample, scale_of(least, most));
      if (error < least_error) {
        least_error = error;
        best = *end;
      }
      *end = best;
    }
  }
  return scale_of(least, most);
}

}  // namespace millrace
