// SPDX-License-Identifier: Apache-2.0
//
// L-BFGS (include/millrace/optimizers.hpp) instead of an updater: evaluates the loss over all rows at several
// points of each iteration, which leaves a gradient in the store, and moves the weights itself. Sums over weights are
// added in double, range by range, so the bits do not depend on the number of threads.
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
  /// Adds the buffers "step_1"... and "change_1"... to the store: the memory of earlier iterations. gradient: the
  /// buffer of the store that evaluations fill. Throws Error{usage} for a network or update options that L-BFGS
  /// excludes.
  LbfgsMinimizer(const Network& network, ParameterStore& store, int gradient, const Lbfgs& options,
                 const UpdateOptions& update);

  /// Computes the loss of the weights in the store. Adds metrics to the sink, and leaves the gradient in the store.
  using Evaluate = std::function<BatchSums(const MetricSink& sink)>;
  /// Runs the iterations of one epoch. Returns the loss before them, with its metrics in `sink`; if it is not finite,
  /// no weight has moved. pairs: how many pairs of step and change the memory has taken since it was empty.
  BatchSums minimize(Crew& crew, const Evaluate& evaluate, const MetricSink& sink, double learning_rate,
                     std::int64_t& pairs);

  /// Why the minimisation has ended; empty if it has not.
  [[nodiscard]] const std::string& converged() const { return converged_; }
  /// Evaluations of the loss in the last minimize().
  [[nodiscard]] int evaluations() const { return evaluations_; }
  /// Call before evaluations on other rows: the last loss and gradient are not theirs.
  void forget_evaluation() { known_version_ = 0; }

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
  BatchSums sums_;                   // of the last evaluation
  std::vector<double> metric_sums_;  // of the last evaluation
  double evaluated_step_ = 0;        // step length of the last evaluation
  std::uint64_t known_version_ = 0;  // of the weights that sums_ and the gradient belong to; 0: of none
  int evaluations_ = 0;
  std::string converged_;
};

}  // namespace millrace
