// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Model model{Reshape{.shape = "28x28x1"}, Conv2d{.filters = 32, .kernel_size = "3", .activation = "relu"},
//               MaxPooling2d{}, Flatten{}, Dense{.units = 10, .activation = "softmax"}};
//
// Layers on images. A sample is (height, width, channels), channels last. An extent of two dimensions is "3" for both
// or "3x5", height by width. Padding: valid takes the places inside the image, out = floor((in - window) / stride) + 1;
// same pads to out = ceil(in / stride), with an odd one after the image. A window with dilation d spans (size - 1) d
// + 1. Names and defaults are Keras's.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// y[h, w, f] = activation(bias[f] + sum over r, c, i of x[h s + r d - pad, w s + c d - pad, i] kernel[r, c, i, f]).
/// The kernel is (height, width, channels / groups, filters); group g of the channels makes group g of the filters.
struct Conv2d {
  static constexpr LayerName op = "conv2d";
  NameTheOption name_the_option{};
  std::int64_t filters = 0;
  std::string kernel_size = "3";
  std::string activation = "linear";
  std::string strides = "1";
  std::string padding = "valid";
  std::string dilation_rate = "1";
  std::int64_t groups = 1;
  bool use_bias = true;
  std::string kernel_initializer = "glorot_uniform";
  std::string bias_initializer = "zeros";
  double kernel_l1 = 0;
  double kernel_l2 = 0;
  double kernel_max_norm = 0;
  double bias_l1 = 0;
  double bias_l2 = 0;

  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("filters", &Conv2d::filters, "channels of the output", positive),
                      field("kernel_size", &Conv2d::kernel_size, "extents of the window"),
                      field("activation", &Conv2d::activation, "activation, by name", by_name),
                      field("strides", &Conv2d::strides, "from one window to the next"),
                      field("padding", &Conv2d::padding, "valid or same"),
                      field("dilation_rate", &Conv2d::dilation_rate, "from one place in the window to the next"),
                      field("groups", &Conv2d::groups, "channels are cut into so many convolutions", positive),
                      field("use_bias", &Conv2d::use_bias, "whether a bias is added"),
                      field("kernel_initializer", &Conv2d::kernel_initializer, "initial weights, by name", by_name),
                      field("bias_initializer", &Conv2d::bias_initializer, "initial bias, by name", by_name),
                      field("kernel_l1", &Conv2d::kernel_l1, "adds l1 sum |w| of the kernel to the loss", not_negative),
                      field("kernel_l2", &Conv2d::kernel_l2, "adds l2 sum w^2 of the kernel to the loss", not_negative),
                      field("kernel_max_norm", &Conv2d::kernel_max_norm,
                            "limit of the norm of every filter's weights after a step, 0: none", not_negative),
                      field("bias_l1", &Conv2d::bias_l1, "adds l1 sum |b| of the bias to the loss", not_negative),
                      field("bias_l2", &Conv2d::bias_l2, "adds l2 sum b^2 of the bias to the loss", not_negative)};
  }
};

/// The largest of every window, by channel. Of equal ones the first takes the gradient.
struct MaxPooling2d {
  static constexpr LayerName op = "max_pooling2d";
  NameTheOption name_the_option{};
  std::string pool_size = "2";
  std::string strides{};  ///< empty: pool_size
  std::string padding = "valid";
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("pool_size", &MaxPooling2d::pool_size, "extents of the window"),
                      field("strides", &MaxPooling2d::strides, "from one window to the next; empty: pool_size"),
                      field("padding", &MaxPooling2d::padding, "valid or same")};
  }
};

/// The mean of every window, by channel, over the places inside the image.
struct AveragePooling2d {
  static constexpr LayerName op = "average_pooling2d";
  NameTheOption name_the_option{};
  std::string pool_size = "2";
  std::string strides{};  ///< empty: pool_size
  std::string padding = "valid";
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("pool_size", &AveragePooling2d::pool_size, "extents of the window"),
                      field("strides", &AveragePooling2d::strides, "from one window to the next; empty: pool_size"),
                      field("padding", &AveragePooling2d::padding, "valid or same")};
  }
};

/// The largest of each channel: (channels).
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
