// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Model model{Dense{.units = 25, .activation = "sigmoid"}, Dense{.units = 1, .activation = "sigmoid"}};
//
// Options of the layers. Names and defaults are Keras's. Activations and initializers are named by text, with options
// after a colon: "relu", "leaky_relu:0.1", "he_normal", "random_normal:stddev=0.01".
#pragma once

#include "millrace/layers_activation.hpp"
#include "millrace/layers_embedding.hpp"
#include "millrace/layers_image.hpp"
#include "millrace/options.hpp"

namespace millrace {

/// y[batch x units] = activation(x[batch x inputs] kernel[inputs x units] + bias[units])
/// sklearn: kernel_l2 is its alpha, which adds alpha / 2 / rows of the batch sum w^2.
struct Dense {
  static constexpr LayerName op = "dense";
  NameTheOption name_the_option{};
  std::int64_t units = 0;
  std::string activation = "linear";
  bool use_bias = true;
  std::string kernel_initializer = "glorot_uniform";
  std::string bias_initializer = "zeros";
  double kernel_l1 = 0;
  double kernel_l2 = 0;
  double kernel_max_norm = 0;
  double bias_l1 = 0;
  double bias_l2 = 0;
  static Dense defaults(Semantics semantics) {
    if (semantics == Semantics::torch)
      return {.kernel_initializer = "torch_uniform", .bias_initializer = "torch_uniform"};
    if (semantics == Semantics::sklearn)
      return {.kernel_initializer = "sklearn_uniform", .bias_initializer = "sklearn_uniform", .kernel_l2 = 1e-4};
    return {};
  }

  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("units", &Dense::units, "outputs of the layer", positive),
                      field("activation", &Dense::activation, "activation, by name", by_name),
                      field("use_bias", &Dense::use_bias, "whether a bias is added"),
                      field("kernel_initializer", &Dense::kernel_initializer, "initial weights, by name", by_name),
                      field("bias_initializer", &Dense::bias_initializer, "initial bias, by name", by_name),
                      field("kernel_l1", &Dense::kernel_l1, "adds l1 sum |w| of the kernel to the loss", not_negative),
                      field("kernel_l2", &Dense::kernel_l2, "adds l2 sum w^2 of the kernel to the loss", not_negative),
                      field("kernel_max_norm", &Dense::kernel_max_norm,
                            "limit of the norm of every unit's weights after a step, 0: none", not_negative),
                      field("bias_l1", &Dense::bias_l1, "adds l1 sum |b| of the bias to the loss", not_negative),
                      field("bias_l2", &Dense::bias_l2, "adds l2 sum b^2 of the bias to the loss", not_negative)};
  }
};

/// Inverted dropout: in training an element is 0 with probability `rate`, else x / (1 - rate); otherwise y = x.
/// The draw of an element depends on the seed, the step, the layer, and its row and column alone.
struct Dropout {
  static constexpr LayerName op = "dropout";
  NameTheOption name_the_option{};
  double rate = 0.5;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("rate", &Dropout::rate, "probability of zero", fraction)};
  }
};

/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta, by column over the whole batch in training (never over a
/// part of it; by channel, over all places too, of an image), with the moving averages otherwise: moving = momentum
/// moving + (1 - momentum) batch. keras: biased moving variance; torch: momentum 0.9 in this form, epsilon 1e-5,
/// unbiased moving variance.
struct BatchNormalization {
  static constexpr LayerName op = "batch_normalization";
  NameTheOption name_the_option{};
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  bool unbiased = false;
  static BatchNormalization defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.momentum = 0.9, .epsilon = 1e-5, .unbiased = true};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("momentum", &BatchNormalization::momentum, "share of the moving averages that is kept", probability),
        field("epsilon", &BatchNormalization::epsilon, "added to the variance", positive),
        field("center", &BatchNormalization::center, "whether beta is added"),
        field("scale", &BatchNormalization::scale, "whether gamma multiplies"),
        field("unbiased", &BatchNormalization::unbiased, "moving variance with n - 1 in the denominator")};
  }
};

/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance of each row.
struct LayerNormalization {
  static constexpr LayerName op = "layer_normalization";
  NameTheOption name_the_option{};
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  static LayerNormalization defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.epsilon = 1e-5};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("epsilon", &LayerNormalization::epsilon, "added to the variance", positive),
                      field("center", &LayerNormalization::center, "whether beta is added"),
                      field("scale", &LayerNormalization::scale, "whether gamma multiplies")};
  }
};

/// y = gamma x / sqrt(mean of x^2 + epsilon), by row.
struct RmsNormalization {
  static constexpr LayerName op = "rms_normalization";
  NameTheOption name_the_option{};
  double epsilon = 1e-6;
  static RmsNormalization defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.epsilon = 1.1920929e-7};  // of a float
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("epsilon", &RmsNormalization::epsilon, "added to the mean square", positive)};
  }
};

/// All inputs side by side.
struct Concatenate {
  static constexpr LayerName op = "concatenate";
  static constexpr auto fields() { return std::tuple{}; }
};

/// The sum of all inputs, which have one shape.
struct Add {
  static constexpr LayerName op = "add";
  static constexpr auto fields() { return std::tuple{}; }
};

/// Every sample as one row of numbers.
struct Flatten {
  static constexpr LayerName op = "flatten";
  static constexpr auto fields() { return std::tuple{}; }
};

/// Every sample in another shape of as many elements: "28x28x1".
struct Reshape {
  static constexpr LayerName op = "reshape";
  NameTheOption name_the_option{};
  std::string shape;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("shape", &Reshape::shape, "extents joined by x: 28x28x1")};
  }
};

}  // namespace millrace
