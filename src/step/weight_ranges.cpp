// SPDX-License-Identifier: Apache-2.0
#include "step/weight_ranges.hpp"

#include <algorithm>

namespace millrace {

std::vector<WeightRange> trained_ranges(const Network& network, const ParameterStore& store) {
  std::vector<WeightRange> ranges;
  for (int p = 0; p < std::ssize(network.parameters()); ++p) {
    if (!network.parameters()[p].spec.trainable) continue;
    const IndexRange extent = store.extent(p);
    for (std::int64_t offset = extent.begin; offset < extent.end; offset += job_floats)
      ranges.push_back({p, offset, std::min(job_floats, extent.end - offset)});
  }
  return ranges;
}

}  // namespace millrace
