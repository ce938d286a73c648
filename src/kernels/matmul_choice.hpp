// SPDX-License-Identifier: Apache-2.0
//
// Which kernel computes a product: the rules, and in the source the measurements behind them. Used through matmul.hpp.
#pragma once

#include "kernels/matmul.hpp"
#include "kernels/small_product.hpp"

namespace millrace {

enum class MatmulKernel { onednn, openblas, column, small, panels, blocks };

/// For --plan and --profile. For oneDNN's kernels those print the library's own name.
[[nodiscard]] const char* name_of(MatmulKernel kernel);

/// The fastest kernel for this product. has_openblas: whether OpenBLAS is installed.
[[nodiscard]] MatmulKernel choose_kernel(const MatmulSpec& spec, bool has_openblas);
/// The portable kernel for this product. Which sums a result is made of depends on the shape alone.
[[nodiscard]] MatmulKernel choose_portable_kernel(const MatmulSpec& spec);

/// Whether one of the matrices is in panels.
[[nodiscard]] bool has_panels(const MatmulSpec& spec);

/// Whether B has to be transposed before the kernel for small products can read it.
[[nodiscard]] bool transposes(const MatmulSpec& spec);
using SmallKernel = void (*)(const SmallProduct&);
/// The kernel for this processor, which has AVX2.
[[nodiscard]] SmallKernel small_kernel();

}  // namespace millrace
