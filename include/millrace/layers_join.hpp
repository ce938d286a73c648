// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Tensor gate = x | Dense{.units = 16, .activation = "sigmoid"};
//   Tensor gated = call(Multiply{}, {x | Dense{.units = 16}, gate});
//
// Layers that join several inputs: side by side, or element by element.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// All inputs side by side.
struct Concatenate {
  static constexpr LayerName op = "concatenate";
  static constexpr auto fields() { return std::tuple{}; }
};

/// The sum of all inputs, which have the same shape.
struct Add {
  static constexpr LayerName op = "add";
  static constexpr auto fields() { return std::tuple{}; }
};

/// The mean of all inputs, which have the same shape.
struct Average {
  static constexpr LayerName op = "average";
  /// The inputs are the members of an ensemble: in training the loss judges each of them by itself, so that each learns as
  /// it would alone; validation and predictions are about the mean. For the last layer of a network with one output.
  bool ensemble = false;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("ensemble", &Average::ensemble,
                            "train each input as a network of its own; their mean predicts; for the last layer")};
  }
};

/// The product of all inputs, which have the same shape: a gate, if one of them is between 0 and 1.
struct Multiply {
  static constexpr LayerName op = "multiply";
  static constexpr auto fields() { return std::tuple{}; }
};

/// The first input minus all others, which have the same shape.
struct Subtract {
  static constexpr LayerName op = "subtract";
  static constexpr auto fields() { return std::tuple{}; }
};

/// The largest of all inputs, which have the same shape. The gradient goes to the first of equal ones.
struct Maximum {
  static constexpr LayerName op = "maximum";
  static constexpr auto fields() { return std::tuple{}; }
};

/// The smallest of all inputs, which have the same shape. The gradient goes to the first of equal ones.
struct Minimum {
  static constexpr LayerName op = "minimum";
  static constexpr auto fields() { return std::tuple{}; }
};

}  // namespace millrace
