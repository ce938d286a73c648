// SPDX-License-Identifier: Apache-2.0
//
// The sum of the partial gradients of a sliced tile.
#pragma once

#include <cstdint>

namespace millrace {

/// sum = the sum of the first `floats` floats of all slices. Slice s begins at first + s * slice_stride. The slices are
/// added as a tree, (0+1)+(2+3)..., so the result does not depend on the workers. They are only read: their cache lines
/// stay with the cores that wrote them and will write them in the next step. `sum` may be the first of two slices.
void add_slices(const float* first, std::int64_t slices, std::int64_t slice_stride, float* sum, std::int64_t floats);

}  // namespace millrace
