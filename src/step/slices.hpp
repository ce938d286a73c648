// SPDX-License-Identifier: Apache-2.0
//
// The sum of the partial gradients of a sliced tile.
#pragma once

#include <cstdint>

namespace millrace {

/// The first `floats` of slice 0 = the sum of those of all slices, of which number s begins at first + s *
/// slice_stride. Added as a tree, (0+1)+(2+3)..., the same whoever does it; the slices hold sums of parts afterwards.
void add_slices(float* first, std::int64_t slices, std::int64_t slice_stride, std::int64_t floats);

}  // namespace millrace
