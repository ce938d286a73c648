// SPDX-License-Identifier: Apache-2.0
//
// The check that the state of a run in a checkpoint is possible. A correct checksum does not show that: anybody can
// compute one.
#pragma once

#include <string>

#include "run/trainer.hpp"

namespace millrace {

/// Throws Error{data}, which names `path`, for a state that no run with this number of batches an epoch can have.
void check_run(const std::string& path, const TrainingState& at, std::int64_t batches);

}  // namespace millrace
