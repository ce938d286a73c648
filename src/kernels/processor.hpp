// SPDX-License-Identifier: Apache-2.0
//
// Which vectors the kernels use on this processor.
#pragma once

#include <string>

namespace millrace {

/// The widest vectors that kernels may use, ours as well as oneDNN's: the processor's, unless ONEDNN_MAX_CPU_ISA allows
/// less. Extensions beyond them (VNNI, BF16, AMX) do not speed up fp32.
enum class Vectors { other, avx2, avx512 };
[[nodiscard]] Vectors kernel_vectors();
[[nodiscard]] std::string kernel_isa();      ///< oneDNN's name of the instruction set: "avx512_core_bf16"
[[nodiscard]] std::string kernel_library();  ///< "oneDNN 2.6.3"

}  // namespace millrace
