// SPDX-License-Identifier: Apache-2.0
//
// NumPy arrays that own what they show.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace millrace::python {

/// An array of this shape with the values, which are moved, not copied.
template <class Item>
[[nodiscard]] nanobind::object owned_array(std::vector<Item> values, std::span<const std::size_t> shape) {
  auto* const kept = new std::vector<Item>(std::move(values));
  const nanobind::capsule owner(kept, [](void* held) noexcept { delete static_cast<std::vector<Item>*>(held); });
  return nanobind::cast(nanobind::ndarray<nanobind::numpy, Item>(kept->data(), shape.size(), shape.data(), owner));
}

}  // namespace millrace::python
