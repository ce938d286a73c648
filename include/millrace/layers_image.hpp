// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Model model{Reshape{.shape = {28, 28, 1}}, Conv2d{.filters = 32, .kernel_size = 3, .activation = "relu"},
//               MaxPooling2d{.pool_size = {2, 2}}, Flatten{}, Dense{.units = 10, .activation = "softmax"}};
//
// Layers on images, with the names and defaults of Keras. A sample is (height, width, channels). Padding "valid" places
// windows inside the image only: out = floor((in - window) / stride) + 1. "same" pads to out = ceil(in / stride); an odd
// pixel of padding goes behind the image. A window of `size` with dilation d spans (size - 1) d + 1 pixels.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// y[h, w, f] = activation(bias[f] + sum over r, c, i of x[h s + r d - pad, w s + c d - pad, i] kernel[r, c, i, f]).
/// The kernel is (height, width, channels / groups, filters): group g of the channels makes group g of the filters.
struct Conv2d {
  static constexpr LayerName op = "conv2d";
  NameTheOption name_the_option{};
  std::int64_t filters = 0;  ///< REQUIRED
  Extents kernel_size = 3;
  std::string activation = "linear";
  Extents strides = 1;
  std::string padding = "valid";
  Extents dilation_rate = 1;
  std::int64_t groups = 1;
  bool use_bias = true;
  std::string kernel_initializer = "glorot_uniform";
  std::string bias_initializer = "zeros";
  double kernel_l1 = 0;
  double kernel_l2 = 0;
  std::optional<double> kernel_max_norm{};
  double bias_l1 = 0;
  double bias_l2 = 0;
  static Conv2d defaults(Semantics semantics) {
    if (semantics == Semantics::torch)
      return {.kernel_initializer = "torch_uniform", .bias_initializer = "torch_uniform"};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("filters", &Conv2d::filters, "channels of the output", positive),
        field("kernel_size", &Conv2d::kernel_size, "height and width of the window: 3, or 3x5"),
        field("activation", &Conv2d::activation, "activation of the outputs", names_activation),
        field("strides", &Conv2d::strides, "distance from one window to the next"),
        field("padding", &Conv2d::padding, "valid or same"),
        field("dilation_rate", &Conv2d::dilation_rate, "distance between neighbouring pixels of a window"),
        field("groups", &Conv2d::groups, "number of groups of channels that are convolved separately", positive),
        field("use_bias", &Conv2d::use_bias, "add a bias to each filter"),
        field("kernel_initializer", &Conv2d::kernel_initializer, "how the weights start", names_initializer),
        field("bias_initializer", &Conv2d::bias_initializer, "how the bias starts", names_initializer),
        field("kernel_l1", &Conv2d::kernel_l1, "add this times the sum of |w| to the loss", not_negative),
        field("kernel_l2", &Conv2d::kernel_l2, "add this times the sum of w^2 to the loss", not_negative),
        field("kernel_max_norm", &Conv2d::kernel_max_norm,
              "largest norm of the weights of one filter, enforced after each step", positive),
        field("bias_l1", &Conv2d::bias_l1, "add this times the sum of |b| of the bias to the loss", not_negative),
        field("bias_l2", &Conv2d::bias_l2, "add this times the sum of b^2 of the bias to the loss", not_negative)};
  }
};

/// The largest value of each window, by channel. The first of equal values gets the gradient.
struct MaxPooling2d {
  static constexpr LayerName op = "max_pooling2d";
  NameTheOption name_the_option{};
  Extents pool_size = 2;
  std::optional<Extents> strides{};  ///< default: pool_size
  std::string padding = "valid";
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("pool_size", &MaxPooling2d::pool_size, "height and width of the window: 2, or 2x3"),
        field("strides", &MaxPooling2d::strides, "distance from one window to the next; default pool_size"),
        field("padding", &MaxPooling2d::padding, "valid or same")};
  }
};

/// The mean of each window, by channel, over the pixels inside the image.
struct AveragePooling2d {
  static constexpr LayerName op = "average_pooling2d";
  NameTheOption name_the_option{};
  Extents pool_size = 2;
  std::optional<Extents> strides{};  ///< default: pool_size
  std::string padding = "valid";
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("pool_size", &AveragePooling2d::pool_size, "height and width of the window: 2, or 2x3"),
        field("strides", &AveragePooling2d::strides, "distance from one window to the next; default pool_size"),
        field("padding", &AveragePooling2d::padding, "valid or same")};
  }
};

/// The largest value of each channel: (channels).
struct GlobalMaxPooling2d {
  static constexpr LayerName op = "global_max_pooling2d";
  static constexpr auto fields() { return std::tuple{}; }
};

/// The mean of each channel: (channels).
struct GlobalAveragePooling2d {
  static constexpr LayerName op = "global_average_pooling2d";
  static constexpr auto fields() { return std::tuple{}; }
};

}  // namespace millrace
