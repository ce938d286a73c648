// SPDX-License-Identifier: Apache-2.0
#include "step/updater.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/fail.hpp"
#include "base/vectorize.hpp"
#include "millrace/error.hpp"

namespace millrace {

namespace {

// w -= rate g
MILLRACE_INLINE void descend_run(float* __restrict w, const float* __restrict g, std::int64_t count, float rate) {
  for (std::int64_t i = 0; i < count; ++i) w[i] -= rate * g[i];
}
// g += the slope of l1 |w| + l2 w^2
MILLRACE_INLINE void penalise_run(float* __restrict g, const float* __restrict w, std::int64_t count, float l1,
                                  float l2) {
  for (std::int64_t i = 0; i < count; ++i) g[i] += 2 * l2 * w[i] + (w[i] > 0 ? l1 : w[i] < 0 ? -l1 : 0.0F);
}
MILLRACE_INLINE void clip_run(float* g, std::int64_t count, float limit) {
  for (std::int64_t i = 0; i < count; ++i) g[i] = std::min(limit, std::max(-limit, g[i]));
}
MILLRACE_INLINE void scale_run(float* values, std::int64_t count, float factor) {
  for (std::int64_t i = 0; i < count; ++i) values[i] *= factor;
}
// a += b
MILLRACE_INLINE void add_run(float* __restrict a, const float* __restrict b, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) a[i] += b[i];
}
// g += decay w
MILLRACE_INLINE void decay_run(float* __restrict g, const float* __restrict w, std::int64_t count, float decay) {
  for (std::int64_t i = 0; i < count; ++i) g[i] += decay * w[i];
}
// Sums in lanes, because a single sum would have to wait for each addition.
MILLRACE_INLINE double squares_run(const float* __restrict values, std::int64_t count) {
  constexpr int lanes = 16;
  std::array<double, lanes> sums{};
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (int lane = 0; lane < lanes; ++lane) sums[lane] += static_cast<double>(values[i + lane]) * values[i + lane];
  }
  for (; i < count; ++i) sums[0] += static_cast<double>(values[i]) * values[i];
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

bool has_penalties(const Network& network) {
  return std::any_of(network.parameters().begin(), network.parameters().end(), [](const NetworkParameter& parameter) {
    return parameter.spec.l1 != 0 || parameter.spec.l2 != 0;
  });
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
      slots_(add_slots()),
      averages_(network, store, options),
      gradient_buffer_(add_gradient_buffer()),
      ranges_(fused() ? std::vector<WeightRange>() : trained_ranges(network, store)),
      scales_(network, options, std::ssize(ranges_)),
      constraints_(network, store),
      keeps_rounded_(fused() && constraints_.jobs() == 0),
      pair_kernel_(pair_kernel()),
      penalised_(has_penalties(network)),
      coupled_decay_(network.semantics() == Semantics::torch && optimizer.weight_decay() == 0) {
  if (options_.weight_decay == 0) options_.weight_decay = optimizer.weight_decay();
  check_sparse_parameters();
  if (!optimizer.scales_by_norm()) return;
  weight_squares_.resize(ranges_.size());
  direction_squares_.resize(ranges_.size());
  ratios_.resize(network.parameters().size());
}

int Updater::add_slots() {
  const std::vector<std::string_view> names = optimizer_->slots();
  for (int slot = 0; slot < std::ssize(names); ++slot)
    store_->add_buffer(std::string(names[slot]), optimizer_->initial_slot(slot));
  return static_cast<int>(names.size());
}

int Updater::add_gradient_buffer() {
  const bool needed = options_.clipnorm > 0 || options_.global_clipnorm > 0 ||
                      options_.gradient_accumulation_steps > 1 || optimizer_->scales_by_norm() || searches_line();
  return needed ? store_->add_buffer("gradient") : -1;
}

void Updater::check_sparse_parameters() const {
  if (fused() && !averages_.kept()) return;
  for (const NetworkParameter& parameter : network_->parameters()) {
    if (!parameter.spec.sparse) continue;
    fail(ErrorKind::usage, "update",
         parameter.name +
             " has sparse updates, which clipnorm, global_clipnorm, gradient_accumulation_steps, use_ema, lamb and "
             "lbfgs exclude: they need every row in every step; expected sparse=false, or none of them");
  }
}

void Updater::begin_step(std::int64_t iteration, double learning_rate, std::optional<double> momentum) {
  iteration_ = iteration;
  learning_rate_ = learning_rate;
  constants_ = optimizer_->constants(iteration, learning_rate, momentum);
}

UpdateBlock Updater::update_block(const StoredPiece& piece, float* gradient) const {
  UpdateBlock block;
  block.weights = store_->updated_weights() + piece.offset;
  for (int slot = 0; slot < slots_; ++slot) block.slots[slot] = store_->buffer(slot).data() + piece.offset;
  block.gradient = gradient + piece.gradient_offset;
  block.rows = piece.rows;
  block.columns = piece.columns;
  block.stride = piece.stride;
  block.gradient_stride = piece.gradient_stride;
  return block;
}

UpdateBlock Updater::stored_block(const WeightRange& range) const {
  return update_block({range.offset, range.count, range.offset, range.count, 1, range.count}, stored_gradient());
}

double Updater::take(int parameter, const GradientBlock& block, float* gradient) {
  const ParameterSpec& spec = network_->parameters()[parameter].spec;
  double penalty = 0;
  store_->for_each_piece(parameter, block, [&](const StoredPiece& rectangle) {
    const StoredPiece piece = rectangle.joined();
    const UpdateBlock at = update_block(piece, gradient);
    if (!squares_.empty()) add_squares(parameter, at);
    if (spec.l1 != 0 || spec.l2 != 0) penalise(spec, at, penalty);
    if (!fused()) return store_gradient(piece, at);
    for (std::int64_t r = 0; r < piece.rows && options_.clipvalue > 0; ++r)
      vectorized<clip_run>(at.gradient + r * at.gradient_stride, at.columns, static_cast<float>(*options_.clipvalue));
    update(at);
    if (keeps_rounded_ && store_->storage(parameter).rounded.forward != nullptr) round(parameter, block, rectangle);
  });
  return penalty;
}

// The weights of a rectangle are still in the first cache.
void Updater::round(int parameter, const GradientBlock& block, const StoredPiece& piece) const {
  const ParameterStorage& at = store_->storage(parameter);
  round_weights(at.data, at.layout, at.rows, at.columns, block.rows,
                {piece.first_column, std::min(at.columns, piece.first_column + piece.columns)}, at.rounded,
                pair_kernel_);
}

void Updater::add_squares(int parameter, const UpdateBlock& piece) {
  double sum = 0;
  for (std::int64_t r = 0; r < piece.rows; ++r)
    sum += vectorized<squares_run>(piece.gradient + r * piece.gradient_stride, piece.columns);
  const std::lock_guard lock(squares_mutex_);
  squares_[parameter] += sum;
}

// gradient += the slope of the penalty, penalty += the penalty
void Updater::penalise(const ParameterSpec& spec, const UpdateBlock& piece, double& penalty) const {
  for (std::int64_t r = 0; r < piece.rows; ++r) {
    const float* weights = piece.weights + r * piece.stride;
    penalty += penalty_of(spec, penalty_scale_, weights, piece.columns);
    vectorized<penalise_run>(piece.gradient + r * piece.gradient_stride, weights, piece.columns,
                             static_cast<float>(penalty_scale_.l1 * spec.l1),
                             static_cast<float>(penalty_scale_.l2 * spec.l2));
  }
}

// stored gradient = gradient in the first of the accumulated steps, += in the others
void Updater::store_gradient(const StoredPiece& piece, const UpdateBlock& block) {
  float* stored = stored_gradient() + piece.offset;
  for (std::int64_t r = 0; r < piece.rows; ++r) {
    if (accumulated_ == 0)
      std::copy_n(block.gradient + r * block.gradient_stride, block.columns, stored + r * block.stride);
    else
      vectorized<add_run>(stored + r * block.stride, block.gradient + r * block.gradient_stride, block.columns);
  }
}

void Updater::update(const UpdateBlock& piece) {
  decay(piece);
  optimizer_->update(piece, constants_);
  averages_.take(piece, iteration_);
}

// In PyTorch, except for AdamW, the decay is added to the gradient after clipping. In Keras and in PyTorch's AdamW it
// shrinks the weights before the rule.
void Updater::decay(const UpdateBlock& piece) const {
  if (options_.weight_decay == 0) return;
  for (std::int64_t r = 0; r < piece.rows; ++r) {
    float* weights = piece.weights + r * piece.stride;
    if (coupled_decay_)
      vectorized<decay_run>(piece.gradient + r * piece.gradient_stride, weights, piece.columns,
                            static_cast<float>(options_.weight_decay));
    else
      vectorized<scale_run>(weights, piece.columns, static_cast<float>(1 - learning_rate_ * options_.weight_decay));
  }
}

void Updater::end_step(const Phases& phases) {
  if (searches_line()) return;
  const bool moves = fused() || ++accumulated_ == options_.gradient_accumulation_steps;
  if (!fused() && moves) {
    accumulated_ = 0;
    update_stored(phases);
  }
  // Averages and constraints follow every step, as in Keras, even if it only accumulates gradients: initial weights
  // beyond their limit do not wait for the first update.
  if (!moves && averages_.kept()) {
    phases.run(Phase::average, std::ssize(ranges_),
               [&](std::int64_t index, int) { averages_.take(stored_block(ranges_[index]), iteration_); });
  }
  phases.run(Phase::constrain, constraints_.jobs(), [&](std::int64_t job, int) { constraints_.apply(job); });
  if (keeps_rounded_) store_->set_rounded();
}

void Updater::update_stored(const Phases& phases) {
  scales_.find(phases, ranges_, stored_gradient());
  if (optimizer_->scales_by_norm()) return update_by_norm(phases);
  phases.run(Phase::update, std::ssize(ranges_), [&](std::int64_t index, int) {
    finish_gradient(ranges_[index]);
    update(stored_block(ranges_[index]));
  });
}

// The sum of accumulated gradients becomes the gradient of the update: their mean, clipped.
void Updater::finish_gradient(const WeightRange& range) {
  float* gradient = stored_gradient() + range.offset;
  const float scale = scales_.of(range.parameter);
  if (scale != 1) vectorized<scale_run>(gradient, range.count, scale);
  if (options_.clipvalue > 0) vectorized<clip_run>(gradient, range.count, static_cast<float>(*options_.clipvalue));
}

// The direction takes the place of the gradient. The length of the step along it depends on the whole parameter.
void Updater::update_by_norm(const Phases& phases) {
  phases.run(Phase::norms, std::ssize(ranges_), [&](std::int64_t index, int) {
    const WeightRange& range = ranges_[index];
    finish_gradient(range);
    const UpdateBlock piece = stored_block(range);
    decay(piece);
    optimizer_->direction(piece, constants_);
    weight_squares_[index] = sum_of_squares(piece.weights, range.count);
    direction_squares_[index] = sum_of_squares(piece.gradient, range.count);
  });
  find_ratios();
  phases.run(Phase::update, std::ssize(ranges_), [&](std::int64_t index, int) {
    const WeightRange& range = ranges_[index];
    const UpdateBlock piece = stored_block(range);
    vectorized<descend_run>(piece.weights, piece.gradient, range.count,
                            static_cast<float>(learning_rate_) * ratios_[range.parameter]);
    averages_.take(piece, iteration_);
  });
}

// |weights| / |direction| of every parameter; 1 if one of them is 0.
void Updater::find_ratios() {
  std::fill(ratios_.begin(), ratios_.end(), 1.0F);
  for (std::int64_t first = 0, next = 0; first < std::ssize(ranges_); first = next) {
    const int parameter = ranges_[first].parameter;
    double weights = 0, direction = 0;
    for (; next < std::ssize(ranges_) && ranges_[next].parameter == parameter; ++next) {
      weights += weight_squares_[next];
      direction += direction_squares_[next];
    }
    if (weights > 0 && direction > 0) ratios_[parameter] = static_cast<float>(std::sqrt(weights / direction));
  }
}

}  // namespace millrace
