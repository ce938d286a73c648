// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Model model{Dense{.units = 25, .activation = "sigmoid"}, Dropout{.rate = 0.2}, Dense{.units = 1}};
//   Tensor city = input("city", {"city"}) | Embedding{.input_dim = 5000, .output_dim = 16} | Flatten{};
//
// Layers and their options, with the names and defaults of Keras. Activations and initializers are named by text, with
// options after a colon: "relu", "leaky_relu:0.1", "he_normal", "random_normal:stddev=0.01".
#pragma once

#include "millrace/layers_image.hpp"
#include "millrace/layers_join.hpp"
#include "millrace/options.hpp"

namespace millrace {

/// Fully connected: y[batch x units] = activation(x[batch x inputs] kernel[inputs x units] + bias[units]).
/// sklearn: kernel_l2 is the alpha of scikit-learn, which adds alpha / 2 / (rows of the batch) * sum w^2 to the loss.
struct Dense {
  static constexpr LayerName op = "dense";
  NameTheOption name_the_option{};
  std::int64_t units = 0;  ///< REQUIRED
  std::string activation = "linear";
  bool use_bias = true;
  std::string kernel_initializer = "glorot_uniform";
  std::string bias_initializer = "zeros";
  double kernel_l1 = 0;
  double kernel_l2 = 0;
  std::optional<double> kernel_max_norm{};
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
    return std::tuple{
        field("units", &Dense::units, "number of outputs", positive),
        field("activation", &Dense::activation, "activation of the outputs", names_activation),
        field("use_bias", &Dense::use_bias, "add a bias to each output"),
        field("kernel_initializer", &Dense::kernel_initializer, "how the weights start", names_initializer),
        field("bias_initializer", &Dense::bias_initializer, "how the bias starts", names_initializer),
        field("kernel_l1", &Dense::kernel_l1, "add this times the sum of |w| to the loss", not_negative),
        field("kernel_l2", &Dense::kernel_l2, "add this times the sum of w^2 to the loss", not_negative),
        field("kernel_max_norm", &Dense::kernel_max_norm,
              "largest norm of the weights of one unit, enforced after each step", positive),
        field("bias_l1", &Dense::bias_l1, "add this times the sum of |b| of the bias to the loss", not_negative),
        field("bias_l2", &Dense::bias_l2, "add this times the sum of b^2 of the bias to the loss", not_negative)};
  }
};

/// An activation as a layer: y = activation(x).
struct ActivationLayer {
  static constexpr LayerName op = "activation";
  NameTheOption name_the_option{};
  std::string activation = "linear";
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("activation", &ActivationLayer::activation, "name of the activation", names_activation)};
  }
};

/// y = x where x > 0, else alpha x, with a trained alpha for each element of a sample. With `shared` all elements have
/// the same alpha; elements along `shared_axes`, which count from 1, share one: {1, 2} trains one a channel of an image.
/// torch: one alpha, which starts at 0.25. He, Zhang, Ren, Sun, "Delving deep into rectifiers", 2015.
struct PRelu {
  static constexpr LayerName op = "prelu";
  NameTheOption name_the_option{};
  bool shared = false;
  std::vector<std::int64_t> shared_axes{};
  std::string alpha_initializer = "zeros";
  static PRelu defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.shared = true, .alpha_initializer = "constant:0.25"};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("shared", &PRelu::shared, "train one slope for all elements"),
                      field("shared_axes", &PRelu::shared_axes, "axes along which elements share a slope, such as 1x2"),
                      field("alpha_initializer", &PRelu::alpha_initializer, "how the slopes start", names_initializer)};
  }
};

/// Inverted dropout. In training an element becomes 0 with probability `rate`, else x / (1 - rate); in prediction y = x.
/// The draw for an element depends only on the seed, the step, the layer, the row and the column.
struct Dropout {
  static constexpr LayerName op = "dropout";
  NameTheOption name_the_option{};
  double rate = 0.5;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("rate", &Dropout::rate, "probability of setting an element to zero", fraction)};
  }
};

/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta. In training, mean and variance are those of each column over
/// the whole batch (of an image: of each channel, over all pixels too); in prediction they are the moving averages:
/// moving = momentum moving + (1 - momentum) batch.
/// keras: the moving variance is the biased one. torch: momentum 0.9 in this formula, epsilon 1e-5, unbiased.
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
        field("momentum", &BatchNormalization::momentum, "share of a moving average that a batch keeps", probability),
        field("epsilon", &BatchNormalization::epsilon, "added to the variance", positive),
        field("center", &BatchNormalization::center, "train beta, which is added"),
        field("scale", &BatchNormalization::scale, "train gamma, which multiplies"),
        field("unbiased", &BatchNormalization::unbiased, "divide the moving variance by n - 1 instead of n")};
  }
};

/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with the mean and variance of each row.
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
                      field("center", &LayerNormalization::center, "train beta, which is added"),
                      field("scale", &LayerNormalization::scale, "train gamma, which multiplies")};
  }
};

/// y = gamma x / sqrt(mean of x^2 + epsilon), with the mean of each row.
struct RmsNormalization {
  static constexpr LayerName op = "rms_normalization";
  NameTheOption name_the_option{};
  double epsilon = 1e-6;
  static RmsNormalization defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.epsilon = 1.1920929e-7};  // the smallest step of a float at 1
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("epsilon", &RmsNormalization::epsilon, "added to the mean square", positive)};
  }
};

/// Looks vectors up: y[.., :] = embeddings[x[..], :], so that an input of shape (n) becomes (n, output_dim). Its columns
/// hold whole numbers from 0 to input_dim - 1; they are checked before the first step and never standardised.
///
/// By default a step updates every row of the table, as in Keras and in PyTorch with sparse=False: a row that does not
/// occur in the batch has gradient 0, but momentum and weight decay still move it. With `sparse` such a row keeps its
/// values and its optimizer state, as with PyTorch's SparseAdam; the optimizer counts the steps of the model. Time and
/// memory of a step then depend on the batch, not on input_dim. Clipping by a norm, accumulation and averages need all
/// rows and are refused with it.
///
/// embeddings_l1 and embeddings_l2 apply to the whole table in every step, as Keras's embeddings_regularizer does, and
/// so make all updates dense.
struct Embedding {
  static constexpr LayerName op = "embedding";
  NameTheOption name_the_option{};
  std::int64_t input_dim = 0;   ///< REQUIRED; at most 2^24: fp32 has no larger whole numbers without gaps
  std::int64_t output_dim = 0;  ///< REQUIRED
  std::string embeddings_initializer = "random_uniform";  ///< from -0.05 to 0.05
  bool sparse = false;
  double embeddings_l1 = 0;
  double embeddings_l2 = 0;
  static Embedding defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.embeddings_initializer = "random_normal:stddev=1"};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("input_dim", &Embedding::input_dim, "number of categories", positive),
        field("output_dim", &Embedding::output_dim, "length of a vector", positive),
        field("embeddings_initializer", &Embedding::embeddings_initializer, "how the vectors start", names_initializer),
        field("sparse", &Embedding::sparse, "update only the rows that occur in the batch"),
        field("embeddings_l1", &Embedding::embeddings_l1,
              "add this times the sum of |e| of the table to the loss; makes updates dense", not_negative),
        field("embeddings_l2", &Embedding::embeddings_l2,
              "add this times the sum of e^2 of the table to the loss; makes updates dense", not_negative)};
  }
};

/// Each sample as one row of numbers.
struct Flatten {
  static constexpr LayerName op = "flatten";
  static constexpr auto fields() { return std::tuple{}; }
};

/// Each sample in another shape with the same number of elements: Reshape{.shape = {28, 28, 1}}.
struct Reshape {
  static constexpr LayerName op = "reshape";
  NameTheOption name_the_option{};
  std::vector<std::int64_t> shape{};  ///< REQUIRED
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("shape", &Reshape::shape, "shape of a sample, such as 28x28x1")};
  }
};

}  // namespace millrace
