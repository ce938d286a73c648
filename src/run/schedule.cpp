// SPDX-License-Identifier: Apache-2.0
#include "run/schedule.hpp"

#include <algorithm>

#include "base/fail.hpp"

namespace millrace {

std::shared_ptr<const Schedule> schedule_of_run(const CompiledNetwork& compiled, const TrainingState& at,
                                                std::int64_t epochs, std::int64_t batches) {
  const bool by_epoch = compiled.pace.by_epoch;
  // The count includes the steps or epochs of earlier runs. A resumed run goes on where it began, so its own finished
  // steps are subtracted.
  const std::int64_t before = by_epoch ? at.earlier_epochs : at.steps - at.epoch * batches - at.step;
  constexpr std::int64_t longest = std::int64_t{1} << 62;
  const std::int64_t unit = by_epoch ? 1 : batches;
  const std::int64_t length = std::min(epochs, longest / unit) * unit;
  auto made = make_schedule(compiled.schedule, compiled.pace,
                            {compiled.optimizer->learning_rate(), before + length, compiled.network.semantics()});
  if (made->momentum(0) && !compiled.optimizer->takes_momentum()) {
    fail(ErrorKind::usage, compiled.schedule.op,
         "it sets the momentum, but this optimizer has none, expected an optimizer with a momentum above 0 or a beta_1 "
         "(nadam schedules its own), or cycle_momentum=false");
  }
  return made;
}

std::int64_t schedule_count(const PaceOptions& pace, const TrainingState& at, std::int64_t steps) {
  return pace.by_epoch ? at.all_epochs() : steps;
}

}  // namespace millrace
