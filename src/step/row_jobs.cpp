// SPDX-License-Identifier: Apache-2.0
#include "step/row_jobs.hpp"

namespace millrace {

RowJobs plan_row_phase(std::span<const std::unique_ptr<LayerKernel>> kernels) {
  RowJobs jobs;
  const int nodes = static_cast<int>(kernels.size());
  for (int node = 0; node < nodes; ++node) {
    for (std::int64_t job = 0; job < kernels[node]->pack_jobs(); ++job) jobs.packs.push_back({node, job});
  }
  const auto couples = [&](int node) { return kernels[node]->coupled_jobs() > 0; };
  std::vector<RowPass>& passes = jobs.passes;
  passes.push_back({.gather = true});
  for (int node = 0; node < nodes; ++node) {
    if (couples(node)) {
      passes.push_back({.coupled = true, .forward_begin = node, .forward_end = node + 1});
      passes.push_back({.forward_begin = node + 1, .forward_end = node + 1});
    } else {
      passes.back().forward_end = node + 1;
    }
  }
  passes.back().loss = true;  // from here on the row phase runs backward
  passes.back().backward_begin = passes.back().backward_end = nodes;
  for (int node = nodes - 1; node >= 0; --node) {
    if (couples(node)) {
      passes.push_back({.coupled = true, .backward_begin = node, .backward_end = node + 1});
      passes.push_back({.backward_begin = node, .backward_end = node});
    } else {
      passes.back().backward_begin = node;
    }
  }
  return jobs;
}

}  // namespace millrace
