// SPDX-License-Identifier: Apache-2.0
//
// What a few nodes compute together, found out by running them: makers write the same function with different nodes.
//   recognise(function, {16})   // gelu, whether it is one Gelu or Div, Erf, Add, Mul, Mul
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "export/graph_evaluator.hpp"

namespace millrace {

/// From a tensor (rows, shape...) to a tensor of the same shape.
using TensorFunction = std::function<DoubleTensor(const DoubleTensor&)>;

struct KnownActivation {
  std::string text;         ///< "leaky_relu:alpha=0.1"; "linear" for the identity
  bool along_rows = false;  ///< whether the elements of the last axis depend on each other: softmax
};
/// y = scale (x - shift), element by element.
struct KnownAffine {
  std::vector<double> scale, shift;
  std::vector<double> offset;  ///< y of x = 0
};
/// A slope below zero for each element.
struct KnownSlopes {
  std::vector<double> slopes;
};
/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta along the last axis.
struct KnownNormalization {
  bool centered = true;  ///< false: by the root of the mean square, without beta
  double epsilon = 0;
  std::vector<double> gamma, beta;
};
using Known = std::variant<KnownActivation, KnownAffine, KnownSlopes, KnownNormalization>;

/// The slopes of a function that is x where x > 0, else a multiple of x; nothing if it is none.
[[nodiscard]] std::optional<Known> recognise_slopes(const TensorFunction& function, const Shape& shape);

/// `shape` is that of a row. Nothing if the function is none of these on probing rows, to about 1e-7: rows of every size that
/// fp32 has, and rows on both sides of `limits`, each a row where the function may change its form.
[[nodiscard]] std::optional<Known> recognise(const TensorFunction& function, const Shape& shape,
                                             std::span<const std::vector<double>> limits = {});

}  // namespace millrace
