// SPDX-License-Identifier: Apache-2.0
//
// Rates that are constant, or constant for some time.
#include <algorithm>

#include "base/fail.hpp"
#include "base/option_text.hpp"
#include "ops/schedules/schedule.hpp"

namespace millrace {

namespace {

class ConstantSchedule final : public Schedule {
 public:
  ConstantSchedule(const Constant& options, const ScheduleRun& run)
      : rate_(options.learning_rate.value_or(run.learning_rate)) {}
  double learning_rate(std::int64_t) const override { return rate_; }

 private:
  double rate_;
};

class PiecewiseSchedule final : public Schedule {
 public:
  PiecewiseSchedule(const PiecewiseConstantDecay& options, const ScheduleRun&)
      : boundaries_(options.boundaries), values_(options.values) {
    if (values_.size() != boundaries_.size() + 1) {
      fail(ErrorKind::usage, PiecewiseConstantDecay::op,
           std::to_string(boundaries_.size()) + " boundaries and " + std::to_string(values_.size()) +
               " values, expected one value more than boundaries");
    }
    if (std::adjacent_find(boundaries_.begin(), boundaries_.end(), std::greater_equal<>()) != boundaries_.end()) {
      fail(ErrorKind::usage, PiecewiseConstantDecay::op,
           "boundaries is " + value_text(options.boundaries) + ", expected each above the one before");
    }
  }
  double learning_rate(std::int64_t count) const override {
    // The count of a boundary still has the value before it.
    const auto passed = std::lower_bound(boundaries_.begin(), boundaries_.end(), static_cast<double>(count));
    return values_[passed - boundaries_.begin()];
  }

 private:
  std::vector<double> boundaries_, values_;
};

}  // namespace

std::vector<ScheduleRow> piecewise_schedules() {
  return {schedule_row_of<Constant, ConstantSchedule>("a constant learning rate", {}),
          schedule_row_of<PiecewiseConstantDecay, PiecewiseSchedule>("a constant rate up to each boundary",
                                                                     {"piecewise_constant", "piecewise"})};
}

}  // namespace millrace
