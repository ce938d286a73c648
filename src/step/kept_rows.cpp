// SPDX-License-Identifier: Apache-2.0
#include "step/kept_rows.hpp"

#include <algorithm>

namespace millrace {

void share_kept_rows(Ranks& ranks, std::span<const IndexRange> of_ranks, KeptRows& kept) {
  if (ranks.size() == 1) return;
  std::vector<IndexRange> ranges(of_ranks.size());
  const auto share = [&](std::vector<float>& values, std::int64_t width) {
    std::ranges::transform(of_ranks, ranges.begin(), [&](IndexRange rows) {
      return IndexRange{rows.begin * width, rows.end * width};
    });
    ranks.gather(std::span(values), ranges);
  };
  share(kept.predictions, kept.outputs);
  share(kept.targets, kept.target_width);
  if (!kept.weights.empty()) share(kept.weights, 1);
}

}  // namespace millrace
