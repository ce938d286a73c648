// SPDX-License-Identifier: Apache-2.0
//
// An optimizer from its rule for one weight. A rule has:
//   struct Rule {
//     static constexpr std::array<std::string_view, N> slots{...};           // names of the state of a weight
//     std::array<double, M> constants(double t, double learning_rate) const; // of update number t, from 1
//     template <class T> static void apply(T& w, T* s, T g, const T* c);     // w, s[N] from the gradient g, with c[M]
//     template <class T> static T direction(T* s, T g, const T* c);          // optional: see scales_by_norm()
//   };
// A schedule sets the member `momentum`, or else `beta_1`, from step to step, unless the rule has
//   static constexpr bool fixed_momentum = true;
// The loop over weights in fp32 and the reference in double are made from the rule. The formulas are compared with the
// libraries they come from in tests/golden.
#pragma once

#include <cmath>

#include "base/vectorize.hpp"
#include "ops/optimizers/optimizer.hpp"

namespace millrace {

template <class Rule>
concept UpdateRule = requires(const Rule rule, double x, double* state) {
  Rule::slots.size();
  rule.constants(x, x).size();
  Rule::template apply<double>(x, state, x, state);
};

template <class Rule>
MILLRACE_INLINE void apply_rule(float* __restrict w, float* __restrict s0, float* __restrict s1, float* __restrict s2,
                                const float* __restrict g, std::int64_t count, StepConstants constants) {
  constexpr std::size_t slots = Rule::slots.size();
  static_assert(slots <= 3);
  for (std::int64_t i = 0; i < count; ++i) {
    float s[3] = {};
    if constexpr (slots > 0) s[0] = s0[i];
    if constexpr (slots > 1) s[1] = s1[i];
    if constexpr (slots > 2) s[2] = s2[i];
    Rule::template apply<float>(w[i], s, g[i], constants.values.data());
    if constexpr (slots > 0) s0[i] = s[0];
    if constexpr (slots > 1) s1[i] = s[1];
    if constexpr (slots > 2) s2[i] = s[2];
  }
}

template <class Rule>
concept DirectionRule = UpdateRule<Rule> && requires(double x, double* state) {
  { Rule::template direction<double>(state, x, state) } -> std::same_as<double>;
};

// g = the direction; of two slots
template <class Rule>
MILLRACE_INLINE void direction_loop(float* __restrict g, float* __restrict s0, float* __restrict s1, std::int64_t count,
                                    StepConstants constants) {
  static_assert(Rule::slots.size() == 2);
  for (std::int64_t i = 0; i < count; ++i) {
    float s[2] = {s0[i], s1[i]};
    g[i] = Rule::template direction<float>(s, g[i], constants.values.data());
    s0[i] = s[0];
    s1[i] = s[1];
  }
}

/// The member that a schedule may set; null: none.
template <class Rule>
[[nodiscard]] constexpr double Rule::*momentum_member() {
  if constexpr (requires { requires Rule::fixed_momentum; })
    return nullptr;
  else if constexpr (requires { static_cast<double Rule::*>(&Rule::momentum); })
    return &Rule::momentum;
  else if constexpr (requires { static_cast<double Rule::*>(&Rule::beta_1); })
    return &Rule::beta_1;
  else
    return nullptr;
}

template <UpdateRule Rule>
class RuleOptimizer final : public Optimizer {
 public:
  RuleOptimizer(double learning_rate, Rule rule, double weight_decay)
      : learning_rate_(learning_rate), weight_decay_(weight_decay), rule_(std::move(rule)) {}

  double learning_rate() const override { return learning_rate_; }
  double weight_decay() const override { return weight_decay_; }
  std::vector<std::string_view> slots() const override { return {Rule::slots.begin(), Rule::slots.end()}; }
  float initial_slot(int index) const override {
    if constexpr (requires { rule_.initial_slot(index); })
      return rule_.initial_slot(index);
    else
      return 0;
  }
  StepConstants constants(std::int64_t iteration, double learning_rate, std::optional<double> momentum) const override {
    StepConstants result;
    const auto exact = exact_constants(iteration, learning_rate, momentum);
    static_assert(std::tuple_size_v<decltype(exact)> <= std::tuple_size_v<decltype(result.values)>);
    for (std::size_t i = 0; i < exact.size(); ++i) result.values[i] = static_cast<float>(exact[i]);
    return result;
  }
  void update(const UpdateBlock& b, const StepConstants& constants) const override {
    for (std::int64_t r = 0; r < b.rows; ++r) {
      const auto slot = [&](std::size_t index) {
        return index < Rule::slots.size() ? b.slots[index] + r * b.stride : nullptr;
      };
      vectorized<apply_rule<Rule>>(b.weights + r * b.stride, slot(0), slot(1), slot(2),
                                   b.gradient + r * b.gradient_stride, b.columns, constants);
    }
  }
  bool takes_momentum() const override { return momentum_member<Rule>() != nullptr; }
  bool scales_by_norm() const override { return DirectionRule<Rule>; }
  void direction(const UpdateBlock& b, const StepConstants& constants) const override {
    if constexpr (DirectionRule<Rule>) {
      for (std::int64_t r = 0; r < b.rows; ++r) {
        vectorized<direction_loop<Rule>>(b.gradient + r * b.gradient_stride, b.slots[0] + r * b.stride,
                                         b.slots[1] + r * b.stride, b.columns, constants);
      }
    }
  }
  const Lbfgs* line_search() const override {
    if constexpr (requires { rule_.line_search(); })
      return &rule_.line_search();
    else
      return nullptr;
  }
  void reference(double& weight, std::span<double> slots, double gradient, std::int64_t iteration,
                 double learning_rate) const override {
    const auto exact = rule_.constants(static_cast<double>(iteration), learning_rate);
    Rule::template apply<double>(weight, slots.data(), gradient, exact.data());
  }

 private:
  auto exact_constants(std::int64_t iteration, double learning_rate, std::optional<double> momentum) const {
    if constexpr (momentum_member<Rule>() != nullptr) {
      Rule rule = rule_;
      rule.*momentum_member<Rule>() = momentum.value_or(rule.*momentum_member<Rule>());
      return rule.constants(static_cast<double>(iteration), learning_rate);
    } else {
      return rule_.constants(static_cast<double>(iteration), learning_rate);
    }
  }

  double learning_rate_, weight_decay_;
  Rule rule_;
};

/// For the `make` of a table row.
template <UpdateRule Rule>
[[nodiscard]] std::shared_ptr<const Optimizer> optimizer_of(double learning_rate, Rule rule, double weight_decay = 0) {
  return std::make_shared<RuleOptimizer<Rule>>(learning_rate, std::move(rule), weight_decay);
}

/// The table row of an optimizer; `make(options, semantics)` picks the rule.
template <OptionStruct Options, std::shared_ptr<const Optimizer> (*make)(const Options&, Semantics)>
[[nodiscard]] OptimizerRow optimizer_row_of(std::string_view summary, std::vector<std::string_view> examples = {}) {
  return {.name = Options::op,
          .summary = summary,
          .options = &describe_options<Options>,
          .make = [](const OpConfig& config,
                     Semantics semantics) { return make(options_from<Options>(config, semantics), semantics); },
          .examples = std::move(examples)};
}

}  // namespace millrace
