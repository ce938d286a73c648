// SPDX-License-Identifier: Apache-2.0
//
// OpenBLAS. It is opened by the first plan that asks for it: other programs do not pay for its start-up and memory.
#pragma once

#include <cstdint>

namespace millrace::openblas {

/// C[m x n] = alpha op(A) op(B) + beta C, row-major, fp32.
using Sgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float* a,
                       int lda, const float* b, int ldb, float beta, float* c, int ldc);
inline constexpr int row_major = 101, no_transpose = 111, transpose = 112;

/// cblas_sgemm. Several threads may call it at once, and inside a KernelThread it runs on the calling thread only. Null
/// if no build of the library that allows this is installed.
[[nodiscard]] Sgemm sgemm();

}  // namespace millrace::openblas
