// SPDX-License-Identifier: Apache-2.0
//
// The members of an ensemble, in a list of layers.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/layers/layer.hpp"

namespace millrace {

/// Of layers in their order, a GraphLayer or a NodeDescription each. 1: they are no ensemble.
template <class Described>
[[nodiscard]] std::int64_t members_of(const std::vector<Described>& layers) {
  if (layers.empty() || !make_layer(layers.back().layer, Semantics::keras)->ends_ensemble()) return 1;
  return std::ssize(layers.back().inputs);
}

}  // namespace millrace
