// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({.optimizer = Adam{}, .loss = MeanSquaredError{}, .schedule = CosineDecay{.decay_steps = 1000}});
//   model.compile({..., .schedule = StepDecay{.step_size = 10}, .pace = {.by_epoch = true, .warmup = 5}});
//   model.compile({..., .schedule = OneCycle{.max_learning_rate = 0.1}});    // over the whole run
//
// Learning rates as functions of a count n. n starts at 0 and counts, over all runs of a model, steps (batches, also
// those that only accumulate gradients) or, with PaceOptions::by_epoch, epochs. Names, formulas and defaults are those of
// Keras; StepDecay and OneCycle are PyTorch's StepLR and OneCycleLR. A learning rate that is not given is the
// optimizer's; a length that is not given reaches to the end of the run.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// Options that work with every schedule. On the command line and in TOML they are options of the schedule:
/// --schedule.warmup 100.
struct PaceOptions {
  static constexpr std::string_view op = "pace";
  NameTheOption name_the_option{};
  bool by_epoch = false;
  std::int64_t warmup = 0;
  double warmup_start = 0;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("by_epoch", &PaceOptions::by_epoch, "count epochs instead of steps"),
        field("warmup", &PaceOptions::warmup, "steps or epochs of a linear rise before the schedule begins",
              not_negative),
        field("warmup_start", &PaceOptions::warmup_start,
              "where the rise begins, as a share of the first learning rate of the schedule", probability)};
  }
};

/// The same rate throughout.
struct Constant {
  static constexpr ScheduleName op = "constant";
  NameTheOption name_the_option{};
  std::optional<double> learning_rate{};
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("learning_rate", &Constant::learning_rate, "the rate; default the optimizer's", not_negative)};
  }
};

/// initial gamma^floor(n / step_size).
struct StepDecay {
  static constexpr ScheduleName op = "step_decay";
  NameTheOption name_the_option{};
  std::int64_t step_size = 0;  ///< REQUIRED
  double gamma = 0.1;
  std::optional<double> initial_learning_rate{};
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("step_size", &StepDecay::step_size, "steps or epochs from one decrease to the next; required", positive),
        field("gamma", &StepDecay::gamma, "factor of each decrease", not_negative),
        field("initial_learning_rate", &StepDecay::initial_learning_rate, "first rate; default the optimizer's",
              not_negative)};
  }
};

/// initial decay_rate^(n / decay_steps). With staircase the exponent is rounded down.
struct ExponentialDecay {
  static constexpr ScheduleName op = "exponential_decay";
  NameTheOption name_the_option{};
  std::optional<std::int64_t> decay_steps{};
  double decay_rate = 0.96;
  bool staircase = false;
  std::optional<double> initial_learning_rate{};
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("decay_steps", &ExponentialDecay::decay_steps,
                            "steps or epochs in which the rate falls by decay_rate once; default the run", positive),
                      field("decay_rate", &ExponentialDecay::decay_rate, "factor by which the rate falls", positive),
                      field("staircase", &ExponentialDecay::staircase, "fall in steps"),
                      field("initial_learning_rate", &ExponentialDecay::initial_learning_rate,
                            "first rate; default the optimizer's", not_negative)};
  }
};

/// initial / (1 + decay_rate n / decay_steps). With staircase the quotient is rounded down.
struct InverseTimeDecay {
  static constexpr ScheduleName op = "inverse_time_decay";
  NameTheOption name_the_option{};
  std::optional<std::int64_t> decay_steps{};
  double decay_rate = 0.5;
  bool staircase = false;
  std::optional<double> initial_learning_rate{};
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("decay_steps", &InverseTimeDecay::decay_steps,
              "steps or epochs in which the denominator grows by decay_rate once; default the run", positive),
        field("decay_rate", &InverseTimeDecay::decay_rate, "growth of the denominator", not_negative),
        field("staircase", &InverseTimeDecay::staircase, "fall in steps"),
        field("initial_learning_rate", &InverseTimeDecay::initial_learning_rate, "first rate; default the optimizer's",
              not_negative)};
  }
};

/// values[i], where i is the number of boundaries below n. {.boundaries = {1000, 5000}, .values = {0.1, 0.01, 0.001}}
struct PiecewiseConstantDecay {
  static constexpr ScheduleName op = "piecewise_constant_decay";
  NameTheOption name_the_option{};
  std::vector<double> boundaries{};  ///< rising
  std::vector<double> values{};      ///< REQUIRED: one more than boundaries
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("boundaries", &PiecewiseConstantDecay::boundaries,
                            "last step or epoch of each rate but the last: 1000,5000", not_negative),
                      field("values", &PiecewiseConstantDecay::values,
                            "rates, one more than boundaries: 0.1,0.01,0.001", not_negative)};
  }
};

/// (initial - end) (1 - n / decay_steps)^power + end, then end. With cycle, decay_steps grows to its next multiple that
/// is at least n.
struct PolynomialDecay {
  static constexpr ScheduleName op = "polynomial_decay";
  NameTheOption name_the_option{};
  std::optional<std::int64_t> decay_steps{};
  double end_learning_rate = 1e-4;
  double power = 1;
  bool cycle = false;
  std::optional<double> initial_learning_rate{};
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("decay_steps", &PolynomialDecay::decay_steps,
                            "steps or epochs until the last rate; default the run", positive),
                      field("end_learning_rate", &PolynomialDecay::end_learning_rate, "last rate", not_negative),
                      field("power", &PolynomialDecay::power, "exponent of the polynomial", positive),
                      field("cycle", &PolynomialDecay::cycle, "start again at the end, with a longer decay"),
                      field("initial_learning_rate", &PolynomialDecay::initial_learning_rate,
                            "first rate; default the optimizer's", not_negative)};
  }
};

/// initial ((1 - alpha) (1 + cos(pi n / decay_steps)) / 2 + alpha), then alpha initial. With a warmup_target, a linear
/// rise from initial to it over warmup_steps, then the same from there.
struct CosineDecay {
  static constexpr ScheduleName op = "cosine_decay";
  NameTheOption name_the_option{};
  std::optional<std::int64_t> decay_steps{};
  double alpha = 0;
  std::optional<double> warmup_target{};
  std::int64_t warmup_steps = 0;
  std::optional<double> initial_learning_rate{};
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{field("decay_steps", &CosineDecay::decay_steps,
                            "steps or epochs until the last rate; default to the end", positive),
                      field("alpha", &CosineDecay::alpha, "last rate as a share of the first", not_negative),
                      field("warmup_target", &CosineDecay::warmup_target,
                            "rate reached by a linear warm-up; disabled by default", not_negative),
                      field("warmup_steps", &CosineDecay::warmup_steps, "length of that warm-up", not_negative),
                      field("initial_learning_rate", &CosineDecay::initial_learning_rate,
                            "first rate; default the optimizer's", not_negative)};
  }
};

/// Half cosines in sequence: each is t_mul times as long as the one before and starts at m_mul times its height. With
/// one call a step this is PyTorch's CosineAnnealingWarmRestarts.
struct CosineDecayRestarts {
  static constexpr ScheduleName op = "cosine_decay_restarts";
  NameTheOption name_the_option{};
  std::optional<std::int64_t> first_decay_steps{};
  double t_mul = 2;
  double m_mul = 1;
  double alpha = 0;
  std::optional<double> initial_learning_rate{};
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("first_decay_steps", &CosineDecayRestarts::first_decay_steps,
              "length of the first decay; default the run", positive),
        field("t_mul", &CosineDecayRestarts::t_mul, "factor of the length at each restart, 1 or more", positive),
        field("m_mul", &CosineDecayRestarts::m_mul, "factor of the height at each restart", positive),
        field("alpha", &CosineDecayRestarts::alpha, "lowest rate as a share of the first", not_negative),
        field("initial_learning_rate", &CosineDecayRestarts::initial_learning_rate,
              "first rate; default the optimizer's", not_negative)};
  }
};

/// Rises from max / div_factor to max at n = pct_start total_steps - 1, falls to max / div_factor / final_div_factor at
/// total_steps - 1, and stays there. With cycle_momentum the optimizer's momentum, or beta_1, moves the other way: from
/// max_momentum down to base_momentum at the peak, and back.
struct OneCycle {
  static constexpr ScheduleName op = "one_cycle";
  NameTheOption name_the_option{};
  std::optional<double> max_learning_rate{};
  std::optional<std::int64_t> total_steps{};
  double pct_start = 0.3;
  std::string anneal_strategy = "cos";
  double div_factor = 25;
  double final_div_factor = 1e4;
  bool cycle_momentum = false;
  double base_momentum = 0.85;
  double max_momentum = 0.95;
  static OneCycle defaults(Semantics semantics) {
    if (semantics == Semantics::torch) return {.cycle_momentum = true};
    return {};
  }
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("max_learning_rate", &OneCycle::max_learning_rate, "rate at the peak; default the optimizer's",
              not_negative),
        field("total_steps", &OneCycle::total_steps, "length of the cycle; default the run", positive),
        field("pct_start", &OneCycle::pct_start, "share of the cycle in which the rate rises", probability),
        field("anneal_strategy", &OneCycle::anneal_strategy, "cos or linear"),
        field("div_factor", &OneCycle::div_factor, "peak rate divided by the first rate", positive),
        field("final_div_factor", &OneCycle::final_div_factor, "first rate divided by the last rate", positive),
        field("cycle_momentum", &OneCycle::cycle_momentum, "lower the momentum to the peak and raise it again"),
        field("base_momentum", &OneCycle::base_momentum, "momentum at the peak", fraction),
        field("max_momentum", &OneCycle::max_momentum, "momentum at both ends", fraction)};
  }
};

}  // namespace millrace
