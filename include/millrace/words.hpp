// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   for (const std::string_view word : precision_words) menu.add(word);
//
// The words of options that are one of a few, for programs that let users choose them. The first one is the default.
#pragma once

#include <array>
#include <string_view>

namespace millrace {

inline constexpr std::array<std::string_view, 3> semantics_words{"keras", "torch", "sklearn"};  ///< as in Semantics
inline constexpr std::array<std::string_view, 3> gemm_words{"auto", "onednn", "openblas"};
inline constexpr std::array<std::string_view, 2> kernels_words{"auto", "portable"};
inline constexpr std::array<std::string_view, 3> precision_words{"fp32", "mixed_bfloat16", "auto"};
inline constexpr std::array<std::string_view, 2> wire_words{"fp32", "bfloat16"};

}  // namespace millrace
