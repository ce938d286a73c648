// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/metrics/metric_set.hpp"
#include "step/ranks.hpp"

namespace millrace {

/// Each rank has kept the rows of its own range, of_ranks[rank], for metrics that need all rows, and gets the others.
void share_kept_rows(Ranks& ranks, std::span<const IndexRange> of_ranks, KeptRows& kept);

}  // namespace millrace
