// SPDX-License-Identifier: Apache-2.0
#include "ops/axes.hpp"

namespace millrace {

Shape permuted(const Shape& shape, const Axes& axes) {
  Shape result;
  for (const std::size_t axis : axes) result.push_back(shape[axis]);
  return result;
}

std::vector<float> permuted(std::span<const float> values, const Shape& shape, const Axes& axes) {
  Shape strides(shape.size(), 1);  // strides of the source, in elements
  for (std::size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  const Shape extents = permuted(shape, axes), steps = permuted(strides, axes);

  std::vector<float> result(values.size());
  Shape index(axes.size(), 0);
  std::int64_t from = 0;
  for (float& value : result) {
    value = values[from];
    for (std::size_t axis = axes.size(); axis-- > 0;) {
      from += steps[axis];
      if (++index[axis] < extents[axis]) break;
      from -= steps[axis] * extents[axis];
      index[axis] = 0;
    }
  }
  return result;
}

Axes inverse(const Axes& axes) {
  Axes result(axes.size());
  for (std::size_t axis = 0; axis < axes.size(); ++axis) result[axes[axis]] = axis;
  return result;
}

}  // namespace millrace
