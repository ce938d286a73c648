// SPDX-License-Identifier: Apache-2.0
//
// From gradients to weights: penalties, clipping of elements, accumulation and the optimizer's rule. Clipping by norms,
// averages and constraints have files of their own.
//
// Fused updates (the usual case) use the gradient of a tile at once, while it is in the core's cache, and never store
// it. Some options need all gradients first: clipping by a norm, accumulation over steps, rules that depend on norms,
// and line searches. Only then is there a buffer of stored gradients, and the update is a phase after the weight phase.
#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "millrace/updates.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "step/averages.hpp"
#include "step/constraints.hpp"
#include "step/gradient_scales.hpp"
#include "step/parameter_store.hpp"
#include "step/penalty.hpp"
#include "step/phases.hpp"
#include "step/weight_ranges.hpp"

namespace millrace {

/// Throws Error{usage} for options that exclude each other: as in Keras, there is one kind of clipping at a time.
void check_update(const UpdateOptions& options);

class Updater {
 public:
  static constexpr const char* averages_name = WeightAverages::buffer_name;

  /// Adds its buffers to the store: the optimizer's slots, then "average" and "gradient" if they are needed. Throws
  /// Error{usage} for options that a parameter with sparse updates does not allow.
  Updater(const Network& network, ParameterStore& store, const Optimizer& optimizer, const UpdateOptions& options);
  Updater(const Updater&) = delete;
  Updater& operator=(const Updater&) = delete;

  /// Before each step. `iteration` counts updates from 1; momentum: see Optimizer::constants().
  void begin_step(std::int64_t iteration, double learning_rate, std::optional<double> momentum = {});
  /// What the penalties of this step are multiplied with. Before the weight phase.
  void set_penalty_scale(PenaltyScale scale) { penalty_scale_ = scale; }
  /// In the weight phase: uses the gradient of one block, and may write to it. Calls for different blocks may run at
  /// the same time. Returns the penalty of the block, its part of the loss.
  double take(int parameter, const GradientBlock& block, float* gradient);
  /// After the weight phase: the update, if gradients were stored, and the constraints.
  void end_step(const Phases& phases);

  /// Adds the squares of the gradients of each parameter to `sums`, [parameters], from now on; empty: no longer. For
  /// diagnosis: it takes time.
  void sum_squares_to(std::span<double> sums) { squares_ = sums; }

  [[nodiscard]] bool fused() const { return gradient_buffer_ < 0; }
  /// The store's buffer of stored gradients; below 0 if there is none.
  [[nodiscard]] int gradient_buffer() const { return gradient_buffer_; }
  /// Whether a line search moves the weights. Steps then only store gradients.
  [[nodiscard]] bool searches_line() const { return optimizer_->line_search() != nullptr; }
  /// Whether take() may return a penalty other than 0.
  [[nodiscard]] bool penalised() const { return penalised_; }
  [[nodiscard]] const ParameterStore& store() const { return *store_; }
  /// See ParameterStore::begin_writing().
  [[nodiscard]] bool begin_writing() { return store_->begin_writing(); }
  /// Steps accumulated since the last update.
  [[nodiscard]] std::int64_t& accumulated() { return accumulated_; }
  [[nodiscard]] std::int64_t accumulated() const { return accumulated_; }
  [[nodiscard]] bool keeps_averages() const { return averages_.kept(); }
  /// Puts the averages in place of the weights, if they are kept. There has been an update.
  void use_averages() { averages_.become_weights(); }

 private:
  int add_slots();
  int add_gradient_buffer();
  void check_sparse_parameters() const;

  void add_squares(int parameter, const UpdateBlock& piece);
  void penalise(const ParameterSpec& spec, const UpdateBlock& piece, double& penalty) const;
  void store_gradient(const StoredPiece& piece, const UpdateBlock& block);
  void update(const UpdateBlock& piece);
  void round(int parameter, const GradientBlock& block, const StoredPiece& piece) const;
  void decay(const UpdateBlock& piece) const;
  void update_stored(const Phases& phases);
  void update_by_norm(const Phases& phases);
  void find_ratios();
  void finish_gradient(const WeightRange& range);
  [[nodiscard]] UpdateBlock update_block(const StoredPiece& piece, float* gradient) const;
  [[nodiscard]] UpdateBlock stored_block(const WeightRange& range) const;
  [[nodiscard]] float* stored_gradient() const { return store_->buffer(gradient_buffer_).data(); }

  const Network* network_;
  ParameterStore* store_;
  const Optimizer* optimizer_;
  UpdateOptions options_;
  int slots_;
  WeightAverages averages_;
  int gradient_buffer_;
  std::vector<WeightRange> ranges_;  // the jobs that update stored gradients
  GradientScales scales_;
  Constraints constraints_;
  bool keeps_rounded_;  // the update of a tile writes its rounded copies, and nothing changes weights after it
  PairKernel pair_kernel_;
  bool penalised_, coupled_decay_;
  PenaltyScale penalty_scale_;
  std::int64_t accumulated_ = 0, iteration_ = 0;
  StepConstants constants_;
  double learning_rate_ = 0;
  // Of rules that depend on norms (LAMB): squares by range, then by parameter |weights| / |direction|.
  std::vector<double> weight_squares_, direction_squares_;
  std::vector<float> ratios_;
  std::span<double> squares_;
  std::mutex squares_mutex_;
};

}  // namespace millrace
