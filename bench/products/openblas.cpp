// SPDX-License-Identifier: Apache-2.0
//
// Products of OpenBLAS, whose Fortran interface needs no header. It has none of bfloat16 numbers in Debian.
#include <stdexcept>

#include "products.hpp"

extern "C" {
void sgemm_(const char* transpose_a, const char* transpose_b, const int* m, const int* n, const int* k,
            const float* alpha, const float* a, const int* a_stride, const float* b, const int* b_stride,
            const float* beta, float* c, const int* c_stride);
char* openblas_get_config();
}

namespace products {

const char* library() { return openblas_get_config(); }

// Matrices of Fortran are in columns, so it computes C^T = B^T A^T.
std::function<void()> prepare(const Problem& p, Operands& operands) {
  if (p.bfloat16 || p.packed) throw std::runtime_error("only fp32, and operands in rows");
  const int m = static_cast<int>(p.m), n = static_cast<int>(p.n), k = static_cast<int>(p.k);
  const bool a_transposed = p.kind == Kind::gradient, b_transposed = p.kind == Kind::backward;
  return [=, &operands] {
    const float one = 1, zero = 0;
    const int a_stride = a_transposed ? m : k, b_stride = b_transposed ? k : n;
    sgemm_(b_transposed ? "T" : "N", a_transposed ? "T" : "N", &n, &m, &k, &one, operands.b.data(), &b_stride,
           operands.a.data(), &a_stride, &zero, operands.c.data(), &n);
  };
}

}  // namespace products
