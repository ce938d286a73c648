// SPDX-License-Identifier: Apache-2.0
//
// An elementwise function that a product or a convolution applies to its result before it is stored.
#pragma once

#include <cstdint>

namespace millrace {

struct Eltwise {
  enum class Kind { none, relu, sigmoid, tanh, elu, gelu_erf, swish, softplus, exponential, mish };
  Kind kind = Kind::none;
  float alpha = 0;  ///< the parameter that oneDNN gives the function of this kind
  /// The same function, for products that are not oneDNN's.
  void (*in_place)(float* values, std::int64_t count, float alpha) = nullptr;

  bool operator==(const Eltwise&) const = default;
};

}  // namespace millrace
