// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Model model{Dense{.units = 25, .activation = "sigmoid"}, Dense{.units = 1, .activation = "sigmoid"}};
//
// Options of the layers. Names and defaults are Keras's. Activations and initializers are named by text, with options
// after a colon: "relu", "leaky_relu:0.1", "he_normal", "random_normal:stddev=0.01".
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// y[batch x units] = activation(x[batch x inputs] kernel[inputs x units] + bias[units])
struct Dense {
  static constexpr std::string_view op = "dense";
  std::int64_t units = 0;
  std::string activation = "linear";
  bool use_bias = true;
  std::string kernel_initializer = "glorot_uniform";
  std::string bias_initializer = "zeros";
  double kernel_l1 = 0;
  double kernel_l2 = 0;

  static constexpr auto fields() {
    return std::tuple{field("units", &Dense::units, "outputs of the layer", positive),
                      field("activation", &Dense::activation, "activation, by name"),
                      field("use_bias", &Dense::use_bias, "whether a bias is added"),
                      field("kernel_initializer", &Dense::kernel_initializer, "initial weights, by name"),
                      field("bias_initializer", &Dense::bias_initializer, "initial bias, by name"),
                      field("kernel_l1", &Dense::kernel_l1, "adds l1 sum |w| of the kernel to the loss", not_negative),
                      field("kernel_l2", &Dense::kernel_l2, "adds l2 sum w^2 of the kernel to the loss", not_negative)};
  }
};

/// y = activation(x), for an activation that stands by itself.
struct ActivationLayer {
  static constexpr std::string_view op = "activation";
  std::string activation = "linear";
  static constexpr auto fields() { return std::tuple{field("activation", &ActivationLayer::activation, "activation, by name")}; }
};

}  // namespace millrace
