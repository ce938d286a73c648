// SPDX-License-Identifier: Apache-2.0
//
// The numbers in which gradients travel between ranks (FitOptions::wire). As bfloat16 numbers they take half the bytes. The
// gradient of every slice and every sum of the tree (pairwise_tree.hpp) is rounded then, also where nothing travels, so the
// bits depend on the number of slices and not on that of the ranks.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

enum class Wire { fp32, bfloat16 };

/// Of one of wire_words. Throws Error{usage} for anything else.
[[nodiscard]] Wire wire_of(std::string_view name);

/// Bytes of a number.
[[nodiscard]] constexpr std::int64_t bytes_of(Wire wire) { return wire == Wire::fp32 ? 4 : 2; }

}  // namespace millrace
