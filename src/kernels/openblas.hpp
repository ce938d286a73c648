// SPDX-License-Identifier: Apache-2.0
//
// OpenBLAS, opened at run time by the first plan that picks it: its start-up and memory cost nothing otherwise.
#pragma once

#include <cstdint>

namespace millrace::openblas {

/// C[m x n] = alpha op(A) op(B) + beta C, row-major, fp32.
using Sgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float* a,
                       int lda, const float* b, int ldb, float beta, float* c, int ldc);
inline constexpr int row_major = 101, no_transpose = 111, transpose = 112;

/// cblas_sgemm, which may be called by several threads at once and runs on the calling one where KernelThread holds;
/// null when no such build of the library is installed.
[[nodiscard]] Sgemm sgemm();

}  // namespace millrace::openblas
