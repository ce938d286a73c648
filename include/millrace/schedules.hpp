// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = Adam{}, .loss = MeanSquaredError{}, .schedule = CosineDecay{.decay_steps = 1000}});
//   model.compile({..., .schedule = StepDecay{.step_size = 10}, .pace = {.by_epoch = true, .warmup = 5}});
//
// Learning rates as functions of a count n, which starts at 0 and counts over all runs of a model: of steps (batches,
// also those that only accumulate gradients), or of epochs, as PaceOptions::by_epoch says. Names, formulas and defaults
// are Keras's; StepDecay and OneCycle are PyTorch's StepLR and OneCycleLR. A rate of -1 is the optimizer's own, a
// length of 0 reaches to the end of the run.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// What surrounds any schedule. On the command line and in TOML these are options of the schedule: --schedule.warmup
/// 100.
struct PaceOptions {
  static constexpr std::string_view op = "pace";
  NameTheOption name_the_option{};
  bool by_epoch = false;    ///< the schedule counts epochs instead of steps
  std::int64_t warmup = 0;  ///< before its beginning the rate rises linearly over so many steps or epochs
  double warmup_start = 0;  ///< from this share of the schedule's first rate
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("by_epoch", &PaceOptions::by_epoch, "the schedule counts epochs instead of steps"),
        field("warmup", &PaceOptions::warmup, "steps or epochs of a linear rise before the schedule", not_negative),
        field("warmup_start", &PaceOptions::warmup_start, "share of the first rate it rises from", probability)};
  }
};

/// The same rate throughout.
struct Constant {
  static constexpr ScheduleName op = "constant";
  NameTheOption name_the_option{};
  double learning_rate = -1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("learning_rate", &Constant::learning_rate, "the rate; -1: the optimizer's")};
  }
};

/// initial gamma^floor(n / step_size)
struct StepDecay {
  static constexpr ScheduleName op = "step_decay";
  NameTheOption name_the_option{};
  std::int64_t step_size = 0;  ///< must be given
  double gamma = 0.1;
  double initial_learning_rate = -1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("step_size", &StepDecay::step_size, "from one fall to the next, must be given", not_negative),
        field("gamma", &StepDecay::gamma, "factor of a fall", not_negative),
        field("initial_learning_rate", &StepDecay::initial_learning_rate, "first rate; -1: the optimizer's")};
  }
};

/// initial decay_rate^(n / decay_steps); staircase: the exponent is rounded down.
struct ExponentialDecay {
  static constexpr ScheduleName op = "exponential_decay";
  NameTheOption name_the_option{};
  std::int64_t decay_steps = 0;
  double decay_rate = 0.96;
  bool staircase = false;
  double initial_learning_rate = -1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("decay_steps", &ExponentialDecay::decay_steps, "how long one factor takes; 0: the run", not_negative),
        field("decay_rate", &ExponentialDecay::decay_rate, "the factor", positive),
        field("staircase", &ExponentialDecay::staircase, "whether it falls in jumps"),
        field("initial_learning_rate", &ExponentialDecay::initial_learning_rate, "first rate; -1: the optimizer's")};
  }
};

/// initial / (1 + decay_rate n / decay_steps); staircase: the quotient is rounded down.
struct InverseTimeDecay {
  static constexpr ScheduleName op = "inverse_time_decay";
  NameTheOption name_the_option{};
  std::int64_t decay_steps = 0;
  double decay_rate = 0.5;
  bool staircase = false;
  double initial_learning_rate = -1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("decay_steps", &InverseTimeDecay::decay_steps, "unit of time; 0: the run", not_negative),
        field("decay_rate", &InverseTimeDecay::decay_rate, "growth of the denominator", not_negative),
        field("staircase", &InverseTimeDecay::staircase, "whether it falls in jumps"),
        field("initial_learning_rate", &InverseTimeDecay::initial_learning_rate, "first rate; -1: the optimizer's")};
  }
};

/// values[i], where i is how many boundaries n is above.
struct PiecewiseConstantDecay {
  static constexpr ScheduleName op = "piecewise_constant_decay";
  NameTheOption name_the_option{};
  std::string boundaries;  ///< "1000,5000": rising
  std::string values;      ///< "0.1,0.01,0.001": one more
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("boundaries", &PiecewiseConstantDecay::boundaries, "last counts of the values but one: 1000,5000"),
        field("values", &PiecewiseConstantDecay::values, "rates, one more than boundaries: 0.1,0.01,0.001")};
  }
};

/// (initial - end) (1 - n / decay_steps)^power + end, then end; cycle: decay_steps is lengthened to the next multiple
/// that n does not exceed.
struct PolynomialDecay {
  static constexpr ScheduleName op = "polynomial_decay";
  NameTheOption name_the_option{};
  std::int64_t decay_steps = 0;
  double end_learning_rate = 1e-4;
  double power = 1;
  bool cycle = false;
  double initial_learning_rate = -1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("decay_steps", &PolynomialDecay::decay_steps, "length of the fall; 0: the run", not_negative),
        field("end_learning_rate", &PolynomialDecay::end_learning_rate, "last rate", not_negative),
        field("power", &PolynomialDecay::power, "of the polynomial", positive),
        field("cycle", &PolynomialDecay::cycle, "whether it starts again, longer"),
        field("initial_learning_rate", &PolynomialDecay::initial_learning_rate, "first rate; -1: the optimizer's")};
  }
};

}  // namespace millrace

#include "millrace/schedules_cosine.hpp"
