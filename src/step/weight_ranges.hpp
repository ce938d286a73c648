// SPDX-License-Identifier: Apache-2.0
//
// The trained parameters, cut into contiguous ranges of the store's buffers: the jobs of phases that go over all
// weights.
#pragma once

#include <vector>

#include "step/parameter_store.hpp"

namespace millrace {

/// Of a job that goes over weights or gradients number by number. Norms are added job by job, so their bits depend on it.
inline constexpr std::int64_t job_floats = 8192;

/// `count` floats of one parameter, from `offset` in every buffer of the store. Padding between rows is included: its
/// weights and gradients are 0, and no rule moves a weight of 0 whose gradients are 0. Optimizer state of padding may
/// start at another value, but nothing reads it.
struct WeightRange {
  int parameter = 0;
  std::int64_t offset = 0, count = 0;
};

/// All trained parameters, in their order.
[[nodiscard]] std::vector<WeightRange> trained_ranges(const Network& network, const ParameterStore& store);

}  // namespace millrace
