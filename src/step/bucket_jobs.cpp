// SPDX-License-Identifier: Apache-2.0
#include "step/bucket_jobs.hpp"

#include <algorithm>
#include <limits>

namespace millrace {

std::vector<BucketJobs> jobs_by_bucket(const Network& network, const ParameterStore& store,
                                       const GradientPlaces& places, Plan& plan) {
  const std::int64_t sparse = std::ssize(places.buckets());
  std::vector<BucketJobs> jobs(places.buckets().size() + 1);
  const auto bucket_of = [&](int node, std::span<const GradientBlock> blocks) {
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    for (const GradientBlock& block : blocks) {
      const int parameter = network.nodes()[node].parameters[block.parameter];
      if (network.parameters()[parameter].spec.sparse) return sparse;
      store.for_each_piece(parameter, block, [&](const StoredPiece& piece) {
        first = std::min(first, places.place(parameter, piece.offset));
      });
    }
    return places.bucket_of(first);
  };
  const auto gradients = std::ssize(plan.gradient_jobs());
  for (std::int64_t index = 0; index < gradients; ++index) {
    const GradientJob& job = plan.gradient_jobs()[index];
    jobs[bucket_of(job.node, plan.kernel(job.node).tiles()[job.tile].blocks)].weights.push_back(index);
  }
  for (std::int64_t index = 0; index < std::ssize(plan.reduce_jobs()); ++index) {
    const ReduceJob& job = plan.reduce_jobs()[index];
    BucketJobs& bucket = jobs[bucket_of(job.node, std::span(&job.block, 1))];
    if (index < plan.reduce_jobs_by_shard())
      bucket.weights.push_back(gradients + index);
    else
      bucket.reductions.push_back(index);
  }
  return jobs;
}

}  // namespace millrace
