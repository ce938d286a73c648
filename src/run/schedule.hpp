// SPDX-License-Identifier: Apache-2.0
//
// The schedule of one run: the unit that it counts in (steps or epochs) and the run's length in that unit.
#pragma once

#include <memory>

#include "ops/schedules/schedule.hpp"
#include "run/training_state.hpp"
#include "step/compiled_network.hpp"

namespace millrace {

/// The schedule for a run of `epochs` epochs with `batches` batches each; `at` is the position where the run starts or
/// resumes. Throws Error{usage} if the schedule sets a momentum and the optimizer has none.
[[nodiscard]] std::shared_ptr<const Schedule> schedule_of_run(const CompiledNetwork& compiled, const TrainingState& at,
                                                              std::int64_t epochs, std::int64_t batches);
/// The schedule's count for step number `steps` of all runs, or for the epoch of `at` if the pace is by epoch.
[[nodiscard]] std::int64_t schedule_count(const PaceOptions& pace, const TrainingState& at, std::int64_t steps);

}  // namespace millrace
