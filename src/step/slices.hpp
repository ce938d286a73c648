// SPDX-License-Identifier: Apache-2.0
//
// The sum of the partial gradients of a sliced tile.
#pragma once

#include <cstdint>

namespace millrace {

/// sum = the sum of the first `floats` of all slices, of which number s begins at first + s * slice_stride. Added as a
/// tree, (0+1)+(2+3)..., the same whoever does it. The slices are only read: what other cores wrote stays theirs, to be
/// written in the next step. `sum` may be the first of two slices.
void add_slices(const float* first, std::int64_t slices, std::int64_t slice_stride, float* sum, std::int64_t floats);

}  // namespace millrace
