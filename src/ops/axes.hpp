// SPDX-License-Identifier: Apache-2.0
//
// Tensors with their axes in another order:
//   permuted({2, 3}, {1, 0})               // (3, 2)
//   permuted(values, {2, 3}, {1, 0})       // the transposed matrix
//   permuted(stored, {3, 2}, inverse({1, 0}))
#pragma once

#include <span>
#include <vector>

#include "base/shape.hpp"

namespace millrace {

/// For each axis of the result, the axis of the source that it is.
using Axes = std::vector<std::size_t>;

[[nodiscard]] Shape permuted(const Shape& shape, const Axes& axes);
/// The values of a row-major tensor of `shape`, row-major in the new order of its axes.
[[nodiscard]] std::vector<float> permuted(std::span<const float> values, const Shape& shape, const Axes& axes);
/// The order that undoes `axes`.
[[nodiscard]] Axes inverse(const Axes& axes);

}  // namespace millrace
