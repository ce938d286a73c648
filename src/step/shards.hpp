// SPDX-License-Identifier: Apache-2.0
//
// How the rows of a batch are cut into shards, the jobs of the row phase. A pure function of the network and the batch
// size: the number of threads is not an input, so it cannot change a bit of the result.
#pragma once

#include <vector>

#include "base/index.hpp"
#include "kernels/processor.hpp"
#include "network/network.hpp"

namespace millrace {

/// Equal shards, a power of two of them where the batch allows it, in the order of the rows.
/// vectors: those of the kernels that compute the shards.
[[nodiscard]] std::vector<IndexRange> cut_into_shards(const Network& network, std::int64_t batch,
                                                      Vectors vectors = kernel_vectors());

}  // namespace millrace
