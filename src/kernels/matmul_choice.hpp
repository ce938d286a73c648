// SPDX-License-Identifier: Apache-2.0
//
// Which kernel a product gets: the rules, and the measurements behind them. Behind matmul.hpp.
#pragma once

#include "kernels/matmul.hpp"
#include "kernels/small_product.hpp"

namespace millrace {

enum class MatmulKernel { onednn, openblas, column, small, panels };

/// For --plan and --profile; of oneDNN's own kernels its name says more.
[[nodiscard]] const char* name_of(MatmulKernel kernel);

/// Of an automatic choice. `has_openblas`: whether it is installed.
[[nodiscard]] MatmulKernel choose_kernel(const MatmulSpec& spec, bool has_openblas);

[[nodiscard]] bool has_panels(const MatmulSpec& spec);

/// Whether B has to be transposed before the kernel for small products can read it.
[[nodiscard]] bool transposes(const MatmulSpec& spec);
using SmallKernel = void (*)(const SmallProduct&);
/// This processor's, where choose_kernel() may say small.
[[nodiscard]] SmallKernel small_kernel();

}  // namespace millrace
