// SPDX-License-Identifier: Apache-2.0
//
// The parameters of a layer whose options are those of a kernel, kernel_l1 and its kind, and of a bias.
#pragma once

#include <vector>

#include "ops/layers/layer.hpp"

namespace millrace {

/// Parameter 0 is the kernel, of this shape. If options.use_bias is set, parameter 1 is the bias, as long as the
/// kernel's last dimension and with the kernel's fans.
template <class Options>
[[nodiscard]] std::vector<ParameterSpec> kernel_and_bias(const Options& options, const Shape& shape,
                                                         std::int64_t fan_in, std::int64_t fan_out, bool matmul_operand,
                                                         const Axes& onnx_axes) {
  std::vector<ParameterSpec> parameters{{.name = "kernel",
                                         .shape = shape,
                                         .initializer = options.kernel_initializer,
                                         .fan_in = fan_in,
                                         .fan_out = fan_out,
                                         .matmul_operand = matmul_operand,
                                         .l1 = options.kernel_l1,
                                         .l2 = options.kernel_l2,
                                         .max_norm = options.kernel_max_norm.value_or(0),
                                         .onnx_axes = onnx_axes}};
  if (options.use_bias) {
    parameters.push_back({.name = "bias",
                          .shape = {shape.back()},
                          .initializer = options.bias_initializer,
                          .fan_in = fan_in,
                          .fan_out = fan_out,
                          .l1 = options.bias_l1,
                          .l2 = options.bias_l2});
  }
  return parameters;
}

}  // namespace millrace
