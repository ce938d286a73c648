// SPDX-License-Identifier: Apache-2.0
//
// OpenBLAS. It is opened by the first plan that asks for it: other programs do not pay for its start-up and memory.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::openblas {

/// C[m x n] = alpha op(A) op(B) + beta C, row-major, fp32.
using Sgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float* a,
                       int lda, const float* b, int ldb, float beta, float* c, int ldc);
inline constexpr int row_major = 101, no_transpose = 111, transpose = 112;

/// Opens the library with kernels for processors of this type at most, unless OPENBLAS_CORETYPE names one. Before any
/// thread starts, and before the library is opened.
void limit(const char* processor);
/// cblas_sgemm. Several threads may call it at once, and inside a KernelThread it runs on the calling thread only. Null
/// if the library cannot be used; why_missing() then says why.
[[nodiscard]] Sgemm sgemm();

/// Calls sgemm(), which must not be null. If the memory of the process is limited, at most as many threads call it at
/// once as there was memory for when the library was opened; others wait.
void multiply(int transpose_a, int transpose_b, int m, int n, int k, const float* a, int lda, const float* b, int ldb,
              float beta, float* c, int ldc);

/// Version, build and processor type: "OpenBLAS 0.3.21 ... SkylakeX ..."; empty if the library cannot be used.
[[nodiscard]] const std::string& configuration();
/// Why the library cannot be used: "libopenblas.so.0: cannot open shared object file"; empty if it can.
[[nodiscard]] const std::string& why_missing();

}  // namespace millrace::openblas
