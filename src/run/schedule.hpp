// SPDX-License-Identifier: Apache-2.0
//
// The schedule of one run: what it counts, and how long the run is in that unit.
#pragma once

#include <memory>

#include "ops/schedules/schedule.hpp"
#include "run/state.hpp"
#include "step/compiled_network.hpp"

namespace millrace {

/// For a run that is at `at`, of so many epochs of so many batches. Throws Error{usage} for a schedule that sets the
/// momentum of an optimizer without one.
[[nodiscard]] std::shared_ptr<const Schedule> schedule_of_run(const CompiledNetwork& compiled, const RunState& at,
                                                              std::int64_t epochs, std::int64_t batches);
/// What it counts at step number `steps` of all runs, in the epoch of `at`.
[[nodiscard]] std::int64_t schedule_count(const PaceOptions& pace, const RunState& at, std::int64_t steps);

}  // namespace millrace
