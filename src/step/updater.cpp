// SPDX-License-Identifier: Apache-2.0
#include "step/updater.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/vectorize.hpp"
#include "millrace/error.hpp"

namespace millrace {

namespace {

constexpr std::int64_t constrained_columns = 64;  // of one job

// w -= rate g
MILLRACE_VECTORIZED void descend_run(float* __restrict w, const float* __restrict g, std::int64_t count, float rate) {
  for (std::int64_t i = 0; i < count; ++i) w[i] -= rate * g[i];
}
// g += the slope of l1 |w| + l2 w^2
MILLRACE_VECTORIZED void penalise_run(float* __restrict g, const float* __restrict w, std::int64_t count, float l1,
                                      float l2) {
  for (std::int64_t i = 0; i < count; ++i) g[i] += 2 * l2 * w[i] + (w[i] > 0 ? l1 : w[i] < 0 ? -l1 : 0.0F);
}
MILLRACE_VECTORIZED void clip_run(float* g, std::int64_t count, float limit) {
  for (std::int64_t i = 0; i < count; ++i) g[i] = std::min(limit, std::max(-limit, g[i]));
}
MILLRACE_VECTORIZED void scale_run(float* values, std::int64_t count, float factor) {
  for (std::int64_t i = 0; i < count; ++i) values[i] *= factor;
}
MILLRACE_VECTORIZED void add_run(float* __restrict a, const float* __restrict b, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) a[i] += b[i];
}
// g += decay w
MILLRACE_VECTORIZED void decay_run(float* __restrict g, const float* __restrict w, std::int64_t count, float decay) {
  for (std::int64_t i = 0; i < count; ++i) g[i] += decay * w[i];
}
// a = m a + (1 - m) w
MILLRACE_VECTORIZED void average_run(float* __restrict a, const float* __restrict w, std::int64_t count,
                                     float momentum) {
  for (std::int64_t i = 0; i < count; ++i) a[i] += (w[i] - a[i]) * (1 - momentum);
}

// squares += w^2 and w *= factors, column by column
void add_squares(double* squares, const float* w, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) squares[i] += static_cast<double>(w[i]) * static_cast<double>(w[i]);
}
void scale_columns(float* w, const float* factors, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) w[i] *= factors[i];
}

double sum_of_squares(const float* values, std::int64_t count) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  return sum;
}

}  // namespace

void check_update(const UpdateOptions& options) {
  const int kinds = (options.clipvalue > 0) + (options.clipnorm > 0) + (options.global_clipnorm > 0);
  if (kinds > 1) {
    fail(ErrorKind::usage, UpdateOptions::op,
         std::to_string(kinds) + " of clipvalue, clipnorm and global_clipnorm are given, expected one of them");
  }
}

Updater::Updater(const Network& network, ParameterStore& store, const Optimizer& optimizer,
                 const UpdateOptions& options)
    : network_(&network),
      store_(&store),
      optimizer_(&optimizer),
      options_(options),
      coupled_decay_(network.semantics() == Semantics::torch && optimizer.weight_decay() == 0),
      scales_(network.parameters().size(), 1.0F) {
  const auto names = optimizer.slots();
  for (std::size_t slot = 0; slot < names.size(); ++slot)
    store.add_buffer(std::string(names[slot]), optimizer.initial_slot(static_cast<int>(slot)));
  slots_ = static_cast<int>(names.size());
  if (options_.weight_decay == 0) options_.weight_decay = optimizer.weight_decay();
  if (options.use_ema) average_buffer_ = store.add_buffer(averages_name);
  if (options.clipnorm > 0 || options.global_clipnorm > 0 || options.gradient_accumulation_steps > 1 ||
      optimizer.scales_by_norm() || optimizer.line_search() != nullptr)
    gradient_buffer_ = store.add_buffer("gradient");
  for (const NetworkParameter& parameter : network.parameters())
    penalised_ |= parameter.spec.l1 != 0 || parameter.spec.l2 != 0;
  for (const NetworkParameter& parameter : network.parameters()) {
    if (parameter.spec.sparse && (!fused() || average_buffer_ >= 0)) {
      fail(ErrorKind::usage, "update",
           parameter.name +
               " has sparse updates, which clipnorm, global_clipnorm, gradient_accumulation_steps, use_ema, lamb and "
               "lbfgs cannot "
               "go with: they need every row in every step; expected sparse=false, or none of them");
    }
  }
  if (!fused()) plan_chunks();
  plan_constraints();
}

void Updater::plan_chunks() {
  chunks_ = trained_chunks(*network_, *store_);
  chunk_sums_.resize(chunks_.size());
  direction_sums_.resize(chunks_.size());
  parameter_sums_.resize(network_->parameters().size());
}

void Updater::plan_constraints() {
  for (std::size_t p = 0; p < network_->parameters().size(); ++p) {
    if (network_->parameters()[p].spec.max_norm == 0) continue;
    const ParameterStorage& storage = store_->storage(static_cast<int>(p));
    for (std::int64_t at = 0; at < storage.columns; at += constrained_columns) {
      constraints_.push_back(
          {static_cast<int>(p),
           {.rows = {0, storage.rows}, .columns = {at, std::min(storage.columns, at + constrained_columns)}}});
    }
  }
}

void Updater::begin_step(std::int64_t iteration, double learning_rate, std::optional<double> momentum) {
  iteration_ = iteration;
  learning_rate_ = learning_rate;
  constants_ = optimizer_->constants(iteration, learning_rate, momentum);
}

UpdateBlock Updater::update_block(const StoredPiece& piece, float* gradient) {
  UpdateBlock block;
  block.weights = store_->buffer(ParameterStore::weights).data() + piece.offset;
  for (int slot = 0; slot < slots_; ++slot) block.slots[slot] = store_->buffer(slot).data() + piece.offset;
  block.gradient = gradient + piece.gradient_offset;
  block.rows = piece.rows;
  block.columns = piece.columns;
  block.stride = piece.stride;
  block.gradient_stride = piece.gradient_stride;
  return block;
}

void Updater::decay(const UpdateBlock& piece) {
  if (options_.weight_decay == 0) return;
  for (std::int64_t r = 0; r < piece.rows; ++r) {
    float* weights = piece.weights + r * piece.stride;
    // torch, but for AdamW: the decay is part of the gradient, after clipping. Else it comes before the rule, as in
    // Keras and in PyTorch's AdamW.
    if (coupled_decay_)
      decay_run(piece.gradient + r * piece.gradient_stride, weights, piece.columns,
                static_cast<float>(options_.weight_decay));
    else
      scale_run(weights, piece.columns, static_cast<float>(1 - learning_rate_ * options_.weight_decay));
  }
}

void Updater::update_piece(const UpdateBlock& piece) {
  decay(piece);
  optimizer_->update(piece, constants_);
  average(piece);
}

// After every step, as in Keras: also where gradients only accumulate. The averages, zero so far, start as the weights
// after the first update.
void Updater::average(const UpdateBlock& piece) {
  if (average_buffer_ < 0) return;
  const auto momentum = iteration_ == 1 ? 0.0F : static_cast<float>(options_.ema_momentum);
  const bool overwrite = options_.ema_overwrite_frequency > 0 && iteration_ % options_.ema_overwrite_frequency == 0;
  float* averages =
      store_->buffer(average_buffer_).data() + (piece.weights - store_->buffer(ParameterStore::weights).data());
  for (std::int64_t r = 0; r < piece.rows; ++r) {
    average_run(averages + r * piece.stride, piece.weights + r * piece.stride, piece.columns, momentum);
    if (overwrite) std::copy_n(averages + r * piece.stride, piece.columns, piece.weights + r * piece.stride);
  }
}

double Updater::take(int parameter, const GradientBlock& block, float* gradient) {
  const ParameterSpec& spec = network_->parameters()[parameter].spec;
  double penalty = 0;
  store_->for_each_piece(parameter, block, [&](const StoredPiece& rectangle) {
    const StoredPiece piece = rectangle.joined();
    const UpdateBlock at = update_block(piece, gradient);
    for (std::int64_t r = 0; r < piece.rows && (spec.l1 != 0 || spec.l2 != 0); ++r) {
      penalty += penalty_of(spec, penalty_scale_, at.weights + r * at.stride, at.columns);
      penalise_run(at.gradient + r * at.gradient_stride, at.weights + r * at.stride, at.columns,
                   static_cast<float>(penalty_scale_.l1 * spec.l1), static_cast<float>(penalty_scale_.l2 * spec.l2));
    }
    if (fused()) {
      for (std::int64_t r = 0; r < piece.rows && options_.clipvalue > 0; ++r)
        clip_run(at.gradient + r * at.gradient_stride, at.columns, static_cast<float>(options_.clipvalue));
      update_piece(at);
      return;
    }
    float* stored = store_->buffer(gradient_buffer_).data() + piece.offset;
    for (std::int64_t r = 0; r < piece.rows; ++r) {
      if (accumulated_ == 0)
        std::copy_n(at.gradient + r * at.gradient_stride, at.columns, stored + r * at.stride);
      else
        add_run(stored + r * at.stride, at.gradient + r * at.gradient_stride, at.columns);
    }
  });
  return penalty;
}

// Every parameter's factor: the mean over accumulated steps, then what clipping leaves. Sums are added chunk by chunk
// in order.
void Updater::find_scales(Crew& crew, Profile* profile) {
  const double mean = 1.0 / static_cast<double>(options_.gradient_accumulation_steps);
  std::fill(scales_.begin(), scales_.end(), static_cast<float>(mean));
  if (options_.clipnorm <= 0 && options_.global_clipnorm <= 0) return;
  run_phase(Phase::norms, crew, static_cast<std::int64_t>(chunks_.size()), profile, [&](std::int64_t index, int) {
    const Chunk& chunk = chunks_[index];
    chunk_sums_[index] = sum_of_squares(store_->buffer(gradient_buffer_).data() + chunk.offset, chunk.count);
  });
  std::fill(parameter_sums_.begin(), parameter_sums_.end(), 0.0);
  double total = 0;
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    parameter_sums_[chunks_[i].parameter] += chunk_sums_[i];
    total += chunk_sums_[i];
  }
  const double room = network_->semantics() == Semantics::torch ? 1e-6 : 0;  // clip_grad_norm_ divides by norm + 1e-6
  const auto clipped = [mean, room](double sum, double limit) {
    const double norm = mean * std::sqrt(sum) + room;
    return static_cast<float>(norm > limit ? mean * limit / norm : mean);
  };
  for (std::size_t p = 0; p < scales_.size(); ++p) {
    scales_[p] = options_.global_clipnorm > 0 ? clipped(total, options_.global_clipnorm)
                                              : clipped(parameter_sums_[p], options_.clipnorm);
  }
}

UpdateBlock Updater::piece_of(const Chunk& chunk) {
  return update_block({chunk.offset, chunk.count, chunk.offset, chunk.count, 1, chunk.count},
                      store_->buffer(gradient_buffer_).data());
}

// The stored gradient of a chunk becomes the one that is used.
void Updater::use_stored(const Chunk& chunk) {
  float* gradient = store_->buffer(gradient_buffer_).data() + chunk.offset;
  const float scale = scales_[chunk.parameter];
  if (scale != 1) scale_run(gradient, chunk.count, scale);
  if (options_.clipvalue > 0) clip_run(gradient, chunk.count, static_cast<float>(options_.clipvalue));
}

void Updater::update_stored(Crew& crew, Profile* profile) {
  find_scales(crew, profile);
  if (optimizer_->scales_by_norm()) return update_by_norm(crew, profile);
  run_phase(Phase::update, crew, std::ssize(chunks_), profile, [&](std::int64_t index, int) {
    const Chunk& chunk = chunks_[index];
    use_stored(chunk);
    update_piece(piece_of(chunk));
  });
}

// The direction takes the gradient's place; how far to go along it is known when all of the parameter has been seen.
void Updater::update_by_norm(Crew& crew, Profile* profile) {
  run_phase(Phase::norms, crew, std::ssize(chunks_), profile, [&](std::int64_t index, int) {
    const Chunk& chunk = chunks_[index];
    use_stored(chunk);
    const UpdateBlock piece = piece_of(chunk);
    decay(piece);
    optimizer_->direction(piece, constants_);
    chunk_sums_[index] = sum_of_squares(piece.weights, chunk.count);
    direction_sums_[index] = sum_of_squares(piece.gradient, chunk.count);
  });
  std::vector<double>& weights = parameter_sums_;
  std::fill(weights.begin(), weights.end(), 0.0);
  std::fill(scales_.begin(), scales_.end(), 1.0F);
  for (std::size_t first = 0, next = 0; first < chunks_.size(); first = next) {
    const int parameter = chunks_[first].parameter;
    double direction = 0;
    for (; next < chunks_.size() && chunks_[next].parameter == chunks_[first].parameter; ++next) {
      weights[parameter] += chunk_sums_[next];
      direction += direction_sums_[next];
    }
    if (weights[parameter] > 0 && direction > 0)
      scales_[parameter] = static_cast<float>(std::sqrt(weights[parameter] / direction));
  }
  run_phase(Phase::update, crew, std::ssize(chunks_), profile, [&](std::int64_t index, int) {
    const Chunk& chunk = chunks_[index];
    const UpdateBlock piece = piece_of(chunk);
    descend_run(piece.weights, piece.gradient, chunk.count,
                static_cast<float>(learning_rate_) * scales_[chunk.parameter]);
    average(piece);
  });
}

// Keras's max_norm: w *= min(norm, limit) / (norm + 1e-7), by column.
void Updater::constrain(const Columns& columns) {
  const double limit = network_->parameters()[columns.parameter].spec.max_norm;
  float* weights = store_->buffer(ParameterStore::weights).data();
  store_->for_each_piece(columns.parameter, columns.block, [&](const StoredPiece& piece) {
    std::array<double, constrained_columns> squares{};
    std::array<float, constrained_columns> factors{};
    float* rows = weights + piece.offset;
    for (std::int64_t r = 0; r < piece.rows; ++r) add_squares(squares.data(), rows + r * piece.stride, piece.columns);
    for (std::int64_t i = 0; i < piece.columns; ++i) {
      const double norm = std::sqrt(squares[i]);
      factors[i] = static_cast<float>(std::min(norm, limit) / (norm + 1e-7));
    }
    for (std::int64_t r = 0; r < piece.rows; ++r) scale_columns(rows + r * piece.stride, factors.data(), piece.columns);
  });
}

void Updater::end_step(Crew& crew, Profile* profile) {
  if (optimizer_->line_search() != nullptr) return;  // gradients are stored for it, and it moves the weights
  const bool moves = fused() || ++accumulated_ == options_.gradient_accumulation_steps;
  if (!fused() && moves) {
    accumulated_ = 0;
    update_stored(crew, profile);
  }
  if (!moves && average_buffer_ >= 0) {
    run_phase(Phase::average, crew, std::ssize(chunks_), profile,
              [&](std::int64_t index, int) { average(piece_of(chunks_[index])); });
  }
  // After every step, as in Keras: weights that start beyond their limit do not wait for the first update.
  run_phase(Phase::constrain, crew, std::ssize(constraints_), profile,
            [&](std::int64_t index, int) { constrain(constraints_[index]); });
}

void Updater::use_averages() {
  if (average_buffer_ < 0) return;
  // What is not trained (moving statistics) has no average.
  for (std::size_t p = 0; p < network_->parameters().size(); ++p) {
    if (!network_->parameters()[p].spec.trainable) continue;
    const IndexRange extent = store_->extent(static_cast<int>(p));
    std::copy_n(store_->buffer(average_buffer_).data() + extent.begin, extent.size(),
                store_->buffer(ParameterStore::weights).data() + extent.begin);
  }
}

}  // namespace millrace
