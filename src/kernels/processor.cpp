// SPDX-License-Identifier: Apache-2.0
#include "kernels/processor.hpp"

#include "kernels/onednn.hpp"

namespace millrace {

Vectors kernel_vectors() { return onednn::vectors(); }
std::string kernel_isa() { return onednn::isa_name(); }
std::string kernel_library() { return onednn::version_name(); }

}  // namespace millrace
