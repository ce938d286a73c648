// SPDX-License-Identifier: Apache-2.0
//
// A matrix product of one library, for the table of products (bench/products/run). A source beside this file makes the
// product with its library; products.cpp measures it.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace products {

/// y = x W, dx = dy W^T and dW = x^T dy of a dense layer.
enum class Kind { forward, backward, gradient };

/// C [m x n] = A [m x k] B [k x n], all in rows. In memory, B of a backward and A of a gradient product are transposed, as a
/// layer has them. C is fp32.
struct Problem {
  Kind kind = Kind::forward;
  std::int64_t m = 0, k = 0, n = 0;
  bool bfloat16 = false;  ///< A and B; otherwise fp32
  bool packed = false;    ///< the operands may lie in the order that the library likes best, made before
};

using Bfloat = std::uint16_t;

/// The operands as the layer has them, in the precision of the problem.
struct Operands {
  std::vector<float> a, b, c;
  std::vector<Bfloat> a16, b16;
};

/// A product that is ready to run. Throws std::exception if the library cannot compute it.
[[nodiscard]] std::function<void()> prepare(const Problem& problem, Operands& operands);
/// Its name and version.
[[nodiscard]] const char* library();

}  // namespace products
