// SPDX-License-Identifier: Apache-2.0
//
// What a run records of a layer at the end of an epoch: of its weights, if it has any, and of its dead units.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

struct LayerRecord {
  std::string layer;
  std::int64_t weights = 0;  ///< in all parameters of the layer
  double weight_norm = 0;    ///< root of the sum of squares, after the last step of the epoch
  double update_norm = 0;    ///< of the difference that this step made
  /// Of this step, without penalties and clipping; empty: nothing trains the layer.
  std::optional<double> gradient_norm;
  std::int64_t units = 0;            ///< of a layer that ends with relu or relu6, with all places of an image; else 0
  std::int64_t dead_units = 0;       ///< units that are zero in each of the sampled rows
  double low = 0, high = 0;          ///< the range of the histogram: the least and the largest weight
  std::vector<std::int64_t> counts;  ///< weights by equal parts of the range; of a sample if there are many weights
};

}  // namespace millrace
