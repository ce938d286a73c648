// SPDX-License-Identifier: Apache-2.0
//
// Everything besides the plan that decides the bits of a result: processor, instruction sets, libraries with their
// versions, and the environment variables that these obey.
#pragma once

#include <string>
#include <vector>

namespace millrace {

struct KernelFact {
  std::string name, value;
};

/// In a fixed order: instruction set (of the products), loops (of our compiled loops), caches (oneDNN cuts its products
/// by them), oneDNN, OpenBLAS, C library, compiler, variables. Opens OpenBLAS.
[[nodiscard]] std::vector<KernelFact> kernel_set();
/// The same for portable kernels, which need only the C library, and the variable that it obeys.
[[nodiscard]] std::vector<KernelFact> portable_kernel_set();

/// A sentence for each thing that makes the kernels of this process other ones than this machine usually has: OpenBLAS
/// cannot be used, or an environment variable chooses kernels. Usually empty. Opens OpenBLAS.
[[nodiscard]] std::vector<std::string> kernel_notes();

}  // namespace millrace
