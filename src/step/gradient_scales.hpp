// SPDX-License-Identifier: Apache-2.0
//
// What the stored gradient of each parameter is multiplied with: 1 / accumulated steps for their mean, and less if
// clipnorm or global_clipnorm limits its norm.
#pragma once

#include <span>
#include <vector>

#include "millrace/updates.hpp"
#include "step/phases.hpp"
#include "step/weight_ranges.hpp"

namespace millrace {

/// The sum of squares, in double and in order.
[[nodiscard]] double sum_of_squares(const float* values, std::int64_t count);

class GradientScales {
 public:
  /// range_count: how many ranges find() will be given.
  GradientScales(const Network& network, const UpdateOptions& options, std::int64_t range_count);

  /// gradient: the store's buffer of stored gradients, sums over the accumulated steps. Norms are added range by range,
  /// so they do not depend on the workers.
  void find(const Phases& phases, std::span<const WeightRange> ranges, const float* gradient);
  [[nodiscard]] float of(int parameter) const { return scales_[parameter]; }

 private:
  double mean_, clipnorm_, global_clipnorm_, epsilon_;
  std::vector<float> scales_;           // by parameter
  std::vector<double> parameter_sums_;  // of squares
  std::vector<double> range_sums_;      // of squares
};

}  // namespace millrace
