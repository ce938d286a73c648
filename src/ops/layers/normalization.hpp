// SPDX-License-Identifier: Apache-2.0
//
// What the normalisation layers share.
#pragma once

#include "ops/layers/rows.hpp"

namespace millrace {

/// One tile with the gradients of gamma and beta, as parameters of these numbers (-1: not there), `width` floats each.
[[nodiscard]] std::vector<GradientTile> normalization_tiles(int gamma, int beta, std::int64_t width);

/// Throws Error{usage} unless a sample is one row of numbers.
void require_vector(std::string_view layer, const Shape& input);

}  // namespace millrace
