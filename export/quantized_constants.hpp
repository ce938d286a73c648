// SPDX-License-Identifier: Apache-2.0
//
// Numbers of 8 bits for constants and for values: scales, zero points, and what is lost.
#pragma once

#include <cstdint>
#include <vector>

#include "export/observed_values.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

/// int8, symmetric: a number is its integer times the scale of its place along `axis`.
struct QuantizedWeights {
  GraphTensor integers;
  std::vector<float> scales;  ///< one for each place along the axis; a single one for a whole tensor
};

/// Integers in -63 to 63 with a scale for each place along the axis.
[[nodiscard]] QuantizedWeights quantize_channels(const GraphTensor& weights, std::size_t axis);
/// Integers in -127 to 127 with one scale.
[[nodiscard]] QuantizedWeights quantize_table(const GraphTensor& weights);

/// uint8: a number is (integer - zero point) * scale.
struct ByteScale {
  float scale = 1;
  std::int64_t zero_point = 0;
};
/// The scale with the least squared error on the sample, whose rare extremes may be cut off.
[[nodiscard]] ByteScale byte_scale(const ObservedValue& value);

}  // namespace millrace
