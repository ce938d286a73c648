// SPDX-License-Identifier: Apache-2.0
//
// Which vectors the kernels use on this processor.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace millrace {

/// The widest vectors that kernels may use, ours as well as oneDNN's: the processor's, unless ONEDNN_MAX_CPU_ISA allows
/// less. Extensions beyond them (VNNI, BF16, AMX) do not speed up fp32.
enum class Vectors { other, avx2, avx512 };
[[nodiscard]] Vectors kernel_vectors();
inline constexpr std::array<std::string_view, 4> isa_words{"auto", "sse41", "avx2", "avx512"};
/// Kernels of this process, our loops and those of the libraries use this instruction set at most, one of isa_words; auto:
/// those of the processor. Call it before anything else of this room and before any thread starts. Throws Error{usage} for
/// another word, Error{environment} if the processor does not have it.
void limit_instruction_set(const std::string& name);
[[nodiscard]] std::string kernel_isa();      ///< oneDNN's name of the instruction set: "avx512_core_bf16"
[[nodiscard]] std::string kernel_library();  ///< "oneDNN 2.6.3"

}  // namespace millrace
