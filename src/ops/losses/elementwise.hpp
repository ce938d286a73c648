// SPDX-License-Identifier: Apache-2.0
//
// A loss that is the mean, over the outputs of a row, of a function of output and target. A rule has:
//   struct Rule {
//     template <class T> T value(T y, T t) const;
//     template <class T> T slope(T y, T t) const;                  // d value / dy
//     std::string target_problem(float t) const;                   // optional
//     static constexpr TargetKind targets = TargetKind::labels;    // optional: numbers otherwise
//     static constexpr double threshold = 0;                       // with it
//     static constexpr bool needs_positive_outputs = true;         // optional
//     static constexpr bool half_in_sklearn = true;                // optional: see ElementwiseLoss
//   };
#pragma once

#include <cmath>

#include "base/vectorize.hpp"
#include "ops/losses/terms.hpp"

namespace millrace {

template <class Rule>
concept ElementwiseLossRule = requires(const Rule rule, double x) {
  { rule.value(x, x) } -> std::same_as<double>;
  { rule.slope(x, x) } -> std::same_as<double>;
};

template <ElementwiseLossRule Rule>
MILLRACE_INLINE void terms_of_rule(Rule rule, TermRun run) {
  for (std::int64_t i = 0; i < run.count; ++i) {
    run.loss[i] = rule.value(run.output[i], run.target[i]);
    run.slope[i] = rule.slope(run.output[i], run.target[i]);
  }
}

/// With half_in_sklearn the loss is halved for scikit-learn, which reports the mean over the outputs but follows the
/// gradient of their sum.
template <ElementwiseLossRule Rule>
class ElementwiseLoss final : public Loss {
 public:
  template <class Options>
  ElementwiseLoss(const Options& options, Semantics semantics) : rule_{options} {
    if constexpr (requires { Rule::half_in_sklearn; }) half_ = semantics == Semantics::sklearn;
  }

  TargetKind targets() const override {
    if constexpr (requires { Rule::targets; }) return Rule::targets;
    return TargetKind::numbers;
  }
  double threshold() const override {
    if constexpr (requires { Rule::threshold; }) return Rule::threshold;
    return Loss::threshold();
  }
  bool needs_positive_outputs() const override {
    return requires { Rule::needs_positive_outputs; };
  }

  std::string target_problem(float value, std::int64_t) const override {
    if constexpr (requires { rule_.target_problem(value); })
      return rule_.target_problem(value);
    else
      return {};
  }

  void rows(const LossBatch& batch, bool) const override {
    const float mean = (half_ ? 0.5F : 1.0F) / static_cast<float>(batch.outputs);
    const double sum =
        sum_terms(batch, half_ ? 0.5F : mean, [&](const TermRun& run) { vectorized<terms_of_rule<Rule>>(rule_, run); });
    *batch.row_losses_sum = sum * static_cast<double>(mean);
  }

  double reference(std::span<const double> output, std::span<const double> target) const override {
    double sum = 0;
    for (std::size_t i = 0; i < output.size(); ++i) sum += rule_.value(output[i], target[i]);
    return (half_ ? 0.5 : 1.0) * sum / static_cast<double>(output.size());
  }

 private:
  Rule rule_;
  bool half_ = false;
};

}  // namespace millrace
