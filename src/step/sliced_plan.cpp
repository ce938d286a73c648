// SPDX-License-Identifier: Apache-2.0
#include "step/sliced_plan.hpp"

#include <algorithm>

namespace millrace {

SlicedPlan::SlicedPlan(const Network& network, ParameterStore& store, const Loss* loss, std::int64_t batch,
                       std::int64_t slices, const StepPosition& position, const Ranks& ranks)
    : batch_(batch), shares_(std::min(slices, batch), ranks.size(), ranks.rank()) {
  PlanOptions options{.whole_batch = batch, .training = true, .position = &position};
  for (std::int64_t slice = owned().begin; slice < owned().end; ++slice) {
    options.batch = rows(slice).size();
    options.first_row = rows(slice).begin;
    plans_.push_back(std::make_unique<Plan>(network, store, loss, options));
    options.keeps_statistics = false;
  }
  if (plans_.empty()) plans_.push_back(std::make_unique<Plan>(network, store, loss, options));
}

std::int64_t SlicedPlan::worker_scratch() const {
  std::int64_t most = 0;
  for (const auto& plan : plans_) most = std::max(most, plan->worker_scratch());
  return most;
}

std::string SlicedPlan::describe() const {
  if (slices() == 1 && owned().size() == 1) return plans_.front()->describe();
  return std::to_string(batch_) + " rows in " + std::to_string(slices()) + " slices, of which this process has " +
         std::to_string(owned().size()) + "; the first:\n" + plans_.front()->describe();
}

}  // namespace millrace
