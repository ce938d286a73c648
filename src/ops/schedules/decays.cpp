// SPDX-License-Identifier: Apache-2.0
//
// Rates that fall by a factor, a quotient or a polynomial.
#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "ops/schedules/schedule.hpp"

namespace millrace {

namespace {

template <class Options>
double first_rate(const Options& options, const ScheduleRun& run) {
  return options.initial_learning_rate.value_or(run.learning_rate);
}

class StepDecaySchedule final : public Schedule {
 public:
  StepDecaySchedule(const StepDecay& options, const ScheduleRun& run)
      : initial_(first_rate(options, run)), size_(options.step_size), gamma_(options.gamma) {
    if (size_ < 1)
      fail(ErrorKind::usage, StepDecay::op, "step_size is 0, expected 1 or more: how long the rate stays the same");
  }
  double learning_rate(std::int64_t count) const override {
    return initial_ * std::pow(gamma_, static_cast<double>(count / size_));
  }

 private:
  double initial_;
  std::int64_t size_;
  double gamma_;
};

// The passed time in units of decay_steps.
template <class Options>
class Elapsed {
 public:
  Elapsed(const Options& options, const ScheduleRun& run)
      : length_(length_or_run(options.decay_steps, run)), staircase_(options.staircase) {}
  double operator()(std::int64_t count) const {
    const double elapsed = static_cast<double>(count) / length_;
    return staircase_ ? std::floor(elapsed) : elapsed;
  }

 private:
  double length_;
  bool staircase_;
};

class ExponentialDecaySchedule final : public Schedule {
 public:
  ExponentialDecaySchedule(const ExponentialDecay& options, const ScheduleRun& run)
      : initial_(first_rate(options, run)), rate_(options.decay_rate), elapsed_(options, run) {}
  double learning_rate(std::int64_t count) const override { return initial_ * std::pow(rate_, elapsed_(count)); }

 private:
  double initial_, rate_;
  Elapsed<ExponentialDecay> elapsed_;
};

class InverseTimeDecaySchedule final : public Schedule {
 public:
  InverseTimeDecaySchedule(const InverseTimeDecay& options, const ScheduleRun& run)
      : initial_(first_rate(options, run)), rate_(options.decay_rate), elapsed_(options, run) {}
  double learning_rate(std::int64_t count) const override { return initial_ / (1 + rate_ * elapsed_(count)); }

 private:
  double initial_, rate_;
  Elapsed<InverseTimeDecay> elapsed_;
};

class PolynomialDecaySchedule final : public Schedule {
 public:
  PolynomialDecaySchedule(const PolynomialDecay& options, const ScheduleRun& run)
      : options_(options), initial_(first_rate(options, run)), length_(length_or_run(options.decay_steps, run)) {}
  double learning_rate(std::int64_t count) const override {
    const auto n = static_cast<double>(count);
    // At a multiple of the length the rate has its final value; the next count starts again.
    const double length = options_.cycle ? length_ * std::max(1.0, std::ceil(n / length_)) : length_;
    const double left = 1 - std::min(n, length) / length;
    return (initial_ - options_.end_learning_rate) * std::pow(left, options_.power) + options_.end_learning_rate;
  }

 private:
  PolynomialDecay options_;
  double initial_, length_;
};

}  // namespace

std::vector<ScheduleRow> decay_schedules() {
  return {schedule_row_of<StepDecay, StepDecaySchedule>("multiplies the rate by gamma every step_size steps", {"step"}),
          schedule_row_of<ExponentialDecay, ExponentialDecaySchedule>(
              "decays the rate exponentially, smoothly or in steps", {"exponential"}, "decay_steps"),
          schedule_row_of<InverseTimeDecay, InverseTimeDecaySchedule>(
              "divides the rate by 1 + decay_rate n / decay_steps", {"inverse_time"}, "decay_steps"),
          schedule_row_of<PolynomialDecay, PolynomialDecaySchedule>("decays the rate to a last rate along a polynomial",
                                                                    {"polynomial", "linear"}, "decay_steps")};
}

}  // namespace millrace
