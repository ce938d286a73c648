// SPDX-License-Identifier: Apache-2.0
//
// What a run records of a layer with weights at the end of an epoch.
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

/// Whether a run of `epochs` epochs records this one, which counts from 1: all up to 128, every second up to 256, every
/// fourth up to 512 and so on, and the last one. So the record grows with the logarithm of their number. distance: count
/// epochs 1, 1 + distance, 1 + 2 distance, ... only.
[[nodiscard]] bool records_epoch(std::int64_t epoch, std::int64_t epochs, std::int64_t distance = 1);

/// The distance at which recording takes at most a twentieth of the time of a run, or a tenth of a second. Recording takes
/// about as long as training on 50 rows, whatever the network, so that few rows need a distance. The number of weights
/// and of epochs says whether the time matters at all. A function of sizes, so each run of a table records the same epochs.
[[nodiscard]] std::int64_t record_distance(std::int64_t weights, std::int64_t rows, std::int64_t epochs);

}  // namespace millrace
