// SPDX-License-Identifier: Apache-2.0
//
// Whether the processes of a cluster have been asked for the same run.
#pragma once

#include <string>

#include "millrace/training.hpp"
#include "step/parameter_store.hpp"

namespace millrace {

/// All ranks call it at once. identity: run_identity() of this rank; steps: of the run so far. Throws Error{usage} on every
/// rank, with the first difference from rank 0, if a rank has another version, other options, rows, kernels or weights.
void require_agreement(Cluster& cluster, const std::string& identity, const FitOptions& options, std::int64_t steps,
                       const ParameterStore& store);

}  // namespace millrace
