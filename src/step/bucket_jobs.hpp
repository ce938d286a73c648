// SPDX-License-Identifier: Apache-2.0
//
// Which jobs of the weight phase a slice runs for each bucket of its gradient.
#pragma once

#include <cstdint>
#include <vector>

#include "step/gradient_places.hpp"
#include "step/plan.hpp"

namespace millrace {

/// Numbers of jobs as in Step::gradients().
struct BucketJobs {
  std::vector<std::int64_t> weights;     ///< gradients, and sums of slices that the row phase made
  std::vector<std::int64_t> reductions;  ///< after them
};

/// By bucket: the jobs that begin in it. A job may end in a later bucket, so the gradient of a bucket is complete when
/// the jobs of all buckets up to it have run. The jobs of parameters with sparse updates follow in an entry of their own.
[[nodiscard]] std::vector<BucketJobs> jobs_by_bucket(const Network& network, const ParameterStore& store,
                                                     const GradientPlaces& places, Plan& plan);

}  // namespace millrace
