// SPDX-License-Identifier: Apache-2.0
//
// How many workers a step has work for, counted from its jobs.
#pragma once

#include <memory>
#include <span>

#include "network/network.hpp"
#include "ops/layers/layer.hpp"
#include "step/weight_jobs.hpp"

namespace millrace {

/// What a plan knows of its step.
struct StepJobs {
  const Network* network = nullptr;
  std::span<const std::unique_ptr<LayerKernel>> kernels;  ///< of the row phase
  std::span<const ValueBuffers> values;                   ///< the inputs of the network, then the outputs of its nodes
  std::int64_t batch = 0, shards = 1;
  const WeightJobs* weight_jobs = nullptr;
};

struct StepSpeed {
  double most = 1;  ///< times as fast as one worker
  int phases = 0;
};

/// How many times as fast as one worker this many can be at most: the multiply-adds of the step over those that follow
/// one another, where each phase takes as long as the worker with most jobs. An activation counts one multiply-add for
/// each unit, forward and backward, and an update 30 for each weight. Starting phases, memory and clocks do not count.
[[nodiscard]] StepSpeed most_speed(const StepJobs& jobs, int workers);

}  // namespace millrace
