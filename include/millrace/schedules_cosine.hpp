// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   model.compile({..., .schedule = OneCycle{.max_learning_rate = 0.1}});    // over the whole run
//
// Schedules along half a cosine. Notation as in schedules.hpp.
#pragma once

#include "millrace/options.hpp"

namespace millrace {

/// initial ((1 - alpha) (1 + cos(pi n / decay_steps)) / 2 + alpha), then alpha initial. With a warmup_target: a linear
/// rise from initial to it over warmup_steps, then the same from there.
struct CosineDecay {
  static constexpr ScheduleName op = "cosine_decay";
  NameTheOption name_the_option{};
  std::int64_t decay_steps = 0;
  double alpha = 0;
  double warmup_target = -1;  ///< -1: none
  std::int64_t warmup_steps = 0;
  double initial_learning_rate = -1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("decay_steps", &CosineDecay::decay_steps, "length of the fall; 0: to the end of the run", not_negative),
        field("alpha", &CosineDecay::alpha, "last rate as a share of the first", not_negative),
        field("warmup_target", &CosineDecay::warmup_target, "rate that is risen to before; -1: no rise"),
        field("warmup_steps", &CosineDecay::warmup_steps, "length of that rise", not_negative),
        field("initial_learning_rate", &CosineDecay::initial_learning_rate, "first rate; -1: the optimizer's")};
  }
};

/// Half cosines one after the other: each t_mul times as long as the one before, from m_mul times its height.
/// Also PyTorch's CosineAnnealingWarmRestarts, called once a step.
struct CosineDecayRestarts {
  static constexpr ScheduleName op = "cosine_decay_restarts";
  NameTheOption name_the_option{};
  std::int64_t first_decay_steps = 0;
  double t_mul = 2;
  double m_mul = 1;
  double alpha = 0;
  double initial_learning_rate = -1;
  static constexpr auto fields() {
    using namespace declare;
    return std::tuple{
        field("first_decay_steps", &CosineDecayRestarts::first_decay_steps, "length of the first fall; 0: the run",
              not_negative),
        field("t_mul", &CosineDecayRestarts::t_mul, "growth of the lengths, 1 or more", positive),
        field("m_mul", &CosineDecayRestarts::m_mul, "growth of the heights", positive),
        field("alpha", &CosineDecayRestarts::alpha, "lowest rate as a share of the first", not_negative),
        field("initial_learning_rate", &CosineDecayRestarts::initial_learning_rate, "first rate; -1: the optimizer's")};
  }
};

/// From max / div_factor up to max at n = pct_start total_steps - 1, down to max / div_factor / final_div_factor at
/// total_steps - 1, and there it stays. With cycle_momentum the optimizer's momentum (or beta_1) goes the other way:
/// from max_momentum down to base_momentum at the peak, and back.
struct OneCycle {
  static constexpr ScheduleName op = "one_cycle";
  NameTheOption name_the_option{};
  double max_learning_rate = -1;
  std::int64_t total_steps = 0;
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
    return std::tuple{field("max_learning_rate", &OneCycle::max_learning_rate, "the peak; -1: the optimizer's rate"),
                      field("total_steps", &OneCycle::total_steps, "length of the cycle; 0: the run", not_negative),
                      field("pct_start", &OneCycle::pct_start, "share of it that rises", probability),
                      field("anneal_strategy", &OneCycle::anneal_strategy, "cos or linear"),
                      field("div_factor", &OneCycle::div_factor, "the peak over the first rate", positive),
                      field("final_div_factor", &OneCycle::final_div_factor, "the first rate over the last", positive),
                      field("cycle_momentum", &OneCycle::cycle_momentum, "whether the momentum falls and rises"),
                      field("base_momentum", &OneCycle::base_momentum, "momentum at the peak", fraction),
                      field("max_momentum", &OneCycle::max_momentum, "momentum at both ends", fraction)};
  }
};

}  // namespace millrace
