// SPDX-License-Identifier: Apache-2.0
//
// The trained parameters cut into contiguous runs of the store's buffers: jobs of what works on all of them at once.
#pragma once

#include <vector>

#include "step/parameter_store.hpp"

namespace millrace {

/// Padding between rows is part of it. Weights and gradients are zero there: no rule moves a weight of 0 whose
/// gradients are 0. What else is kept for a weight may have begun at another number, which nobody reads.
struct Chunk {
  int parameter = 0;
  std::int64_t offset = 0, count = 0;
};

/// In the order of the parameters.
[[nodiscard]] std::vector<Chunk> trained_chunks(const Network& network, const ParameterStore& store);

}  // namespace millrace
