// SPDX-License-Identifier: Apache-2.0
//
// Rates along half a cosine.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "ops/schedules/schedule.hpp"

namespace millrace {

namespace {

// Falls from 1 at 0 to 0 at 1.
double half_cosine(double part) { return 0.5 * (1 + std::cos(std::numbers::pi * part)); }

class CosineDecaySchedule final : public Schedule {
 public:
  CosineDecaySchedule(const CosineDecay& options, const ScheduleRun& run)
      : initial_(options.initial_learning_rate.value_or(run.learning_rate)),
        alpha_(options.alpha),
        rise_(options.warmup_target ? static_cast<double>(options.warmup_steps) : 0),
        // The decay begins at the end of the warm-up.
        peak_(options.warmup_target.value_or(initial_)),
        length_(options.decay_steps ? static_cast<double>(*options.decay_steps)
                                    : std::max(1.0, static_cast<double>(run.length) - rise_)) {
    if (!options.warmup_target && options.warmup_steps > 0) {
      fail(ErrorKind::usage, CosineDecay::op,
           "warmup_steps is " + std::to_string(options.warmup_steps) +
               " without a warmup_target, expected both, or the option warmup, which any schedule takes");
    }
  }
  double learning_rate(std::int64_t count) const override {
    const auto n = static_cast<double>(count);
    if (n < rise_) return initial_ + (peak_ - initial_) * n / rise_;
    return peak_ * ((1 - alpha_) * half_cosine(std::min((n - rise_) / length_, 1.0)) + alpha_);
  }

 private:
  double initial_, alpha_, rise_, peak_, length_;
};

class CosineDecayRestartsSchedule final : public Schedule {
 public:
  CosineDecayRestartsSchedule(const CosineDecayRestarts& options, const ScheduleRun& run)
      : options_(options),
        initial_(options.initial_learning_rate.value_or(run.learning_rate)),
        length_(length_or_run(options.first_decay_steps, run)) {
    if (options.t_mul < 1) {
      fail(ErrorKind::usage, CosineDecayRestarts::op,
           "t_mul is " + number_text(options.t_mul) + ", expected 1 or more: falls do not get shorter");
    }
  }
  double learning_rate(std::int64_t count) const override {
    double n = static_cast<double>(count), length = length_, height = 1;
    if (options_.t_mul == 1) {
      height = std::pow(options_.m_mul, std::floor(n / length));
      n = std::fmod(n, length);
    }
    for (; n >= length; height *= options_.m_mul) {
      n -= length;
      length *= options_.t_mul;
    }
    return initial_ * ((1 - options_.alpha) * height * half_cosine(n / length) + options_.alpha);
  }

 private:
  CosineDecayRestarts options_;
  double initial_, length_;
};

class OneCycleSchedule final : public Schedule {
 public:
  OneCycleSchedule(const OneCycle& options, const ScheduleRun& run)
      : linear_(options.anneal_strategy == "linear"),
        top_(options.max_learning_rate.value_or(run.learning_rate)),
        first_(top_ / options.div_factor),
        last_(first_ / options.final_div_factor),
        end_(length_or_run(options.total_steps, run) - 1),
        peak_(options.pct_start * (end_ + 1) - 1),
        cycles_momentum_(options.cycle_momentum),
        least_momentum_(options.base_momentum),
        most_momentum_(options.max_momentum) {
    if (!linear_ && options.anneal_strategy != "cos")
      fail(ErrorKind::usage, OneCycle::op, unknown_name("anneal_strategy", options.anneal_strategy, {"cos", "linear"}));
  }
  double learning_rate(std::int64_t count) const override { return along(count, first_, top_, last_); }
  std::optional<double> momentum(std::int64_t count) const override {
    if (!cycles_momentum_) return std::nullopt;
    return along(count, most_momentum_, least_momentum_, most_momentum_);
  }

 private:
  [[nodiscard]] double along(std::int64_t count, double first, double top, double last) const {
    const double n = std::min(static_cast<double>(count), end_);
    if (n <= peak_ && peak_ > 0) return between(first, top, n / peak_);
    return end_ > peak_ ? between(top, last, (n - peak_) / (end_ - peak_)) : last;
  }
  [[nodiscard]] double between(double from, double to, double part) const {
    return from + (to - from) * (linear_ ? part : 1 - half_cosine(part));
  }

  bool linear_;
  double top_, first_, last_, end_, peak_;
  bool cycles_momentum_;
  double least_momentum_, most_momentum_;
};

}  // namespace

std::vector<ScheduleRow> cosine_schedules() {
  return {schedule_row_of<CosineDecay, CosineDecaySchedule>(
              "decays the rate along half a cosine, after an optional warm-up", {"cosine"}, "decay_steps"),
          schedule_row_of<CosineDecayRestarts, CosineDecayRestartsSchedule>(
              "decays the rate along half cosines, restarting after each", {"cosine_restarts"}, "first_decay_steps"),
          schedule_row_of<OneCycle, OneCycleSchedule>("raises the rate to a peak and lowers it to almost zero", {},
                                                      "total_steps")};
}

}  // namespace millrace
