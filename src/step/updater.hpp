// SPDX-License-Identifier: Apache-2.0
//
// From gradients to weights: penalties, clipping, accumulation, the optimizer's rule, averages, constraints.
//
// Fused (the usual case): a tile's gradient is used at once, while it is in the core's cache, and never stored.
// Stored: clipping by a norm, accumulation over steps, rules that need norms and line searches have to see all
// gradients first; only then there is a gradient buffer, and more phases after the weight phase. Constraints need whole
// columns of a weight: a phase of their own after the update.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "millrace/updates.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "step/chunks.hpp"
#include "step/parameter_store.hpp"
#include "step/penalty.hpp"
#include "step/profile.hpp"

namespace millrace {

/// What does not go together, throws Error{usage}: Keras has one kind of clipping at a time.
void check_update(const UpdateOptions& options);

class Updater {
 public:
  /// Adds its buffers to the store: the optimizer's slots, then averages and "gradient" where they are needed.
  Updater(const Network& network, ParameterStore& store, const Optimizer& optimizer, const UpdateOptions& options);

  /// Before the weight phase of a step. `iteration` counts updates from 1; momentum: see Optimizer::constants().
  void begin_step(std::int64_t iteration, double learning_rate, std::optional<double> momentum = {});
  /// What penalties are multiplied with in this step; set before the weight phase.
  void set_penalty_scale(PenaltyScale scale) { penalty_scale_ = scale; }
  /// Weight phase: takes the gradient of a block, whose memory it may change; called for different blocks at once.
  /// Returns the block's penalty, a part of the loss.
  double take(int parameter, const GradientBlock& block, float* gradient);
  /// After the weight phase: what is left to do when gradients were stored, and constraints.
  void end_step(Crew& crew, Profile* profile);

  [[nodiscard]] bool fused() const { return gradient_buffer_ < 0; }
  /// The store's buffer of stored gradients; below 0: there is none.
  [[nodiscard]] int gradient_buffer() const { return gradient_buffer_; }
  [[nodiscard]] bool penalised() const { return penalised_; }
  /// Steps accumulated since the last update.
  [[nodiscard]] std::int64_t& accumulated() { return accumulated_; }
  /// Puts the averaged weights in place of the weights, where averages are kept. There has been an update.
  void use_averages();
  [[nodiscard]] bool keeps_averages() const { return average_buffer_ >= 0; }
  static constexpr const char* averages_name = "average";  ///< the store's name for them

 private:
  /// Some columns of a parameter whose columns' norms are limited.
  struct Columns {
    int parameter = 0;
    GradientBlock block;
  };
  void plan_chunks();
  void plan_constraints();
  void decay(const UpdateBlock& piece);
  void update_piece(const UpdateBlock& piece);
  void average(const UpdateBlock& piece);
  [[nodiscard]] UpdateBlock update_block(const StoredPiece& piece, float* gradient);
  [[nodiscard]] UpdateBlock piece_of(const Chunk& chunk);
  void find_scales(Crew& crew, Profile* profile);
  void use_stored(const Chunk& chunk);
  void update_stored(Crew& crew, Profile* profile);
  void update_by_norm(Crew& crew, Profile* profile);
  void constrain(const Columns& columns);

  const Network* network_;
  ParameterStore* store_;
  const Optimizer* optimizer_;
  UpdateOptions options_;
  int slots_ = 0, average_buffer_ = -1, gradient_buffer_ = -1;
  bool penalised_ = false, coupled_decay_ = false;
  PenaltyScale penalty_scale_;
  std::int64_t accumulated_ = 0, iteration_ = 0;
  StepConstants constants_;
  double learning_rate_ = 0;
  std::vector<Chunk> chunks_;  // the units of the phases after the weight phase
  std::vector<Columns> constraints_;
  std::vector<double> chunk_sums_, direction_sums_, parameter_sums_;
  std::vector<float> scales_;  // by parameter: what its gradient is multiplied with
};

}  // namespace millrace
