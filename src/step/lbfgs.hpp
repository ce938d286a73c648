// SPDX-License-Identifier: Apache-2.0
//
// L-BFGS (include/millrace/optimizers_lbfgs.hpp): drives evaluations of the loss over all rows, which leave a gradient
// in the store, and moves the weights itself. Sums over weights are added in a fixed order of ranges in double: the
// same bits for any number of threads.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "millrace/optimizers.hpp"
#include "millrace/updates.hpp"
#include "step/line_search.hpp"
#include "step/step.hpp"
#include "step/weight_ranges.hpp"

namespace millrace {

class LbfgsMinimizer {
 public:
  /// Adds "step_1".."change_1".. to the store: the memory. `gradient`: the store's buffer that evaluations fill.
  /// Throws Error{usage} for a network or an update that it cannot minimise.
  LbfgsMinimizer(const Network& network, ParameterStore& store, int gradient, const Lbfgs& options,
                 const UpdateOptions& update);

  /// The loss of the weights in the store; metrics go into the sink, the gradient into the store.
  using Evaluate = std::function<BatchSums(const MetricSink& sink)>;
  /// The iterations of one epoch. `pairs` counts what the memory has taken up since it was empty. Returns the loss
  /// before them, with its metrics in `sink`. When it is not finite, nothing has moved.
  BatchSums minimize(Crew& crew, const Evaluate& evaluate, const MetricSink& sink, double learning_rate,
                     std::int64_t& pairs);

  /// Why there is nothing more to gain, or empty.
  [[nodiscard]] const std::string& converged() const { return converged_; }
  /// Of the loss, in the last minimize().
  [[nodiscard]] int evaluations() const { return evaluations_; }
  /// The weights have been changed by others: what is known of them is no longer true.
  void forget_evaluation() { known_ = false; }

 private:
  enum class Outcome { moved, stuck };
  void check(const UpdateOptions& update) const;
  void evaluate_here(const Evaluate& evaluate, KeptRows* kept);
  LinePoint probe(Crew& crew, const Evaluate& evaluate, double step);
  void find_direction(Crew& crew, std::int64_t pairs);
  Outcome iterate(Crew& crew, const Evaluate& evaluate, double learning_rate, int most_evaluations,
                  std::int64_t& pairs);
  double first_step(Crew& crew);
  void remember(Crew& crew, double step, std::int64_t& pairs);
  void judge(Crew& crew, double step, double before);

  template <class Use>
  void for_each_range(Crew& crew, const Use& use);
  template <class Value>
  double sum(Crew& crew, const Value& value);
  double dot(Crew& crew, const float* a, const float* b);
  double largest(Crew& crew, const float* values);
  /// a += factor b
  void add(Crew& crew, float* a, const float* b, double factor);
  [[nodiscard]] int slot(std::int64_t pair) const { return static_cast<int>(pair % options_.history); }
  [[nodiscard]] float* step_of(int slot) { return store_->buffer(first_step_ + slot).data(); }
  [[nodiscard]] float* change_of(int slot) { return store_->buffer(first_change_ + slot).data(); }
  [[nodiscard]] float* gradient() { return store_->buffer(gradient_).data(); }
  [[nodiscard]] float* weights() { return store_->buffer(ParameterStore::weights).data(); }

  const Network* network_;
  ParameterStore* store_;
  Lbfgs options_;
  int gradient_, first_step_ = 0, first_change_ = 0;
  std::vector<WeightRange> ranges_;
  std::vector<double> range_sums_, shares_;  // shares_: alpha of algorithm 7.4, by slot
  Buffer direction_, start_, start_gradient_;
  BatchSums sums_;                   // of the last evaluation,
  std::vector<double> metric_sums_;  // with its metrics,
  double evaluated_step_ = 0;        // at this place of the line
  bool known_ = false;               // sums_ and the gradient are those of the weights
  int evaluations_ = 0;
  std::string converged_;
};

}  // namespace millrace
