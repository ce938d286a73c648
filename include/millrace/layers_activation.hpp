// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Model model{Dense{.units = 25}, PRelu{}, Dense{.units = 1, .activation = "sigmoid"}};
//
// Activations as layers of their own.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// y = activation(x), for an activation that stands by itself.
struct ActivationLayer {
  static constexpr LayerName op = "activation";
  NameTheOption name_the_option{};
  std::string activation = "linear";
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("activation", &ActivationLayer::activation, "activation, by name", by_name)};
  }
};

/// y = x where x > 0, else alpha x, with a trained alpha for every element of a sample; shared: one for all of them;
/// shared_axes: one along these axes, counted from 1 ("1x2": one a channel of an image).
/// He, Zhang, Ren, Sun, "Delving deep into rectifiers", 2015. torch: one alpha, which starts at 0.25.
struct PRelu {
  static constexpr LayerName op = "prelu";
  NameTheOption name_the_option{};
  bool shared = false;
  std::string shared_axes{};
  std::string alpha_initializer = "zeros";
  static PRelu defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.shared = true, .alpha_initializer = "constant:0.25"};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("shared", &PRelu::shared, "one slope for all elements"),
                      field("shared_axes", &PRelu::shared_axes, "axes that share a slope, joined by x: 1x2"),
                      field("alpha_initializer", &PRelu::alpha_initializer, "initial slopes, by name", by_name)};
  }
};

}  // namespace millrace
