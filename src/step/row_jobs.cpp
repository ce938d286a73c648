// SPDX-License-Identifier: Apache-2.0
#include "step/row_jobs.hpp"

#include <algorithm>

namespace millrace {

namespace {

// What another pass costs, in multiply-adds of the core that waits: a microsecond, the time that some tens of workers
// take to see it (docs/scaling.md), at the speed of small products.
constexpr double work_of_pass = 70e3;

class RowPhasePlanner {
 public:
  RowPhasePlanner(std::span<const std::unique_ptr<LayerKernel>> kernels, std::int64_t shards, int workers)
      : kernels_(kernels), shards_(shards), wanted_(ceil_div(workers, shards)) {}

  RowJobs plan() {
    add_packs();
    passes().push_back({.gather = true});
    const int nodes = static_cast<int>(kernels_.size());
    for (int node = 0; node < nodes; ++node) forward(node);
    passes().back().loss = true;  // from here on the row phase runs backward
    passes().back().backward_begin = passes().back().backward_end = nodes;
    for (int node = nodes - 1; node >= 0; --node) backward(node);
    return std::move(jobs_);
  }

 private:
  std::vector<RowPass>& passes() { return jobs_.passes; }

  void add_packs() {
    for (int node = 0; node < std::ssize(kernels_); ++node) {
      const LayerKernel& kernel = *kernels_[node];
      for (std::int64_t job = 0; job < kernel.pack_jobs(); ++job)
        (kernel.packs_rounded() ? jobs_.rounded : jobs_.packs).push_back({node, job});
    }
  }

  // Parts of a shard's product. One cut saves the time of all parts but one, and costs up to `passes` more passes.
  [[nodiscard]] std::int64_t parts(int node, std::int64_t cuts, int passes) const {
    const std::int64_t parts = std::min(cuts, wanted_);
    const double work = kernels_[node]->multiply_adds() / static_cast<double>(shards_);
    const double saved = work * (1 - 1 / static_cast<double>(parts));
    return saved >= passes * work_of_pass ? parts : 1;
  }

  // Of two layers in a row that are cut.
  [[nodiscard]] static bool is_empty(const RowPass& pass) {
    return !pass.gather && pass.forward_begin == pass.forward_end && pass.ends_forward == no_node;
  }

  void forward(int node) {
    const RowPass last = passes().back();
    if (kernels_[node]->coupled_rows() != nullptr) {
      passes().push_back({.coupled = true, .forward_begin = node, .forward_end = node + 1});
      passes().push_back({.forward_begin = node + 1, .forward_end = node + 1});
    } else if (const std::int64_t parts = this->parts(node, kernels_[node]->forward_cuts(), 2); parts > 1) {
      if (is_empty(last)) passes().pop_back();
      passes().push_back({.forward_begin = node, .forward_end = node + 1, .parts = parts});
      passes().push_back({.forward_begin = node + 1,
                          .forward_end = node + 1,
                          .ends_forward = kernels_[node]->ends_forward() ? node : no_node});
    } else {
      passes().back().forward_end = node + 1;
    }
  }

  void backward(int node) {
    RowPass& last = passes().back();
    if (kernels_[node]->coupled_rows() != nullptr) {
      passes().push_back({.coupled = true, .backward_begin = node, .backward_end = node + 1});
      passes().push_back({.backward_begin = node, .backward_end = node});
    } else if (const std::int64_t parts = this->parts(node, kernels_[node]->backward_cuts(), 2); parts > 1) {
      last.begins_backward = node;
      passes().push_back({.backward_begin = node, .backward_end = node + 1, .parts = parts});
      passes().push_back({.backward_begin = node, .backward_end = node});
    } else {
      last.backward_begin = node;
    }
  }

  std::span<const std::unique_ptr<LayerKernel>> kernels_;
  std::int64_t shards_, wanted_;
  RowJobs jobs_;
};

}  // namespace

RowJobs plan_row_phase(std::span<const std::unique_ptr<LayerKernel>> kernels, std::int64_t shards, int workers) {
  return RowPhasePlanner(kernels, shards, workers).plan();
}

}  // namespace millrace
