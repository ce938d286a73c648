// SPDX-License-Identifier: Apache-2.0
#include "step/step.hpp"

#include <algorithm>

#include "base/vectorize.hpp"
#include "data/batches.hpp"

namespace millrace {

namespace {

// a += b
MILLRACE_VECTORIZED void add_run(float* __restrict a, const float* __restrict b, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) a[i] += b[i];
}

// g += the slope of l1 |w| + l2 w^2
MILLRACE_VECTORIZED void penalise_run(float* __restrict g, const float* __restrict w, std::int64_t count, float l1, float l2) {
  for (std::int64_t i = 0; i < count; ++i) g[i] += 2 * l2 * w[i] + (w[i] > 0 ? l1 : w[i] < 0 ? -l1 : 0.0F);
}

double penalty_of(const float* w, std::int64_t count, double l1, double l2) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += l1 * std::abs(static_cast<double>(w[i])) + l2 * static_cast<double>(w[i]) * static_cast<double>(w[i]);
  return sum;
}

}  // namespace

void Scratch::reserve(int workers, std::int64_t floats) {
  if (workers <= workers_ && floats <= stride_) return;
  workers_ = std::max(workers, workers_);
  stride_ = std::max(round_up(floats, cache_line_floats), stride_);
  memory_ = Buffer(workers_ * stride_);
}

Step::Step(const Network& network, ParameterStore& store, const Loss& loss, const Optimizer& optimizer, std::span<const std::shared_ptr<const Metric>> metrics)
    : network_(&network), store_(&store), loss_(&loss), optimizer_(&optimizer), metrics_(metrics.begin(), metrics.end()) {
  for (const auto& metric : metrics_) metric_floats_ += metric->state_size();
  for (const NetworkParameter& parameter : network.parameters()) penalised_ |= parameter.spec.l1 != 0 || parameter.spec.l2 != 0;
}

BatchSums Step::run(Crew& crew, Plan& plan, Scratch& scratch, const BatchSource& source, const StepConstants& constants, std::span<double> metric_states, Profile* profile) {
  const auto shards = static_cast<std::int64_t>(plan.shards().size());
  const auto gradient_jobs = static_cast<std::int64_t>(plan.gradient_jobs().size()), reduce_jobs = static_cast<std::int64_t>(plan.reduce_jobs().size());
  // Grow once, for the largest plan; later steps find the room there.
  shard_losses_.resize(std::max(shard_losses_.size(), static_cast<std::size_t>(shards)));
  shard_metrics_.resize(std::max(shard_metrics_.size(), static_cast<std::size_t>(shards * metric_floats_)));
  job_penalties_.assign(std::max(job_penalties_.size(), static_cast<std::size_t>(penalised_ ? gradient_jobs + reduce_jobs : 0)), 0.0);

  run_phase(Phase::rows, crew, shards, profile, [&](std::int64_t shard, int worker) {
    const RowRange rows = plan.shards()[static_cast<std::size_t>(shard)];
    gather(plan, source, rows);
    forward(plan, shard, scratch.of(worker));
    loss_and_metrics(plan, shard, rows, source.weights != nullptr);
    backward(plan, shard, scratch.of(worker));
  });
  run_phase(Phase::weights, crew, gradient_jobs, profile, [&](std::int64_t job, int worker) { gradient_and_update(plan, job, scratch.of(worker), constants); });
  run_phase(Phase::reduce, crew, reduce_jobs, profile, [&](std::int64_t job, int) { reduce_and_update(plan, job, constants); });

  BatchSums sums;
  for (std::int64_t shard = 0; shard < shards; ++shard) {
    sums.loss += shard_losses_[static_cast<std::size_t>(shard)];
    for (std::int64_t i = 0; i < metric_floats_; ++i) metric_states[static_cast<std::size_t>(i)] += shard_metrics_[static_cast<std::size_t>(shard * metric_floats_ + i)];
  }
  for (const double penalty : job_penalties_) sums.penalty += penalty;
  return sums;
}

void Step::gather(Plan& plan, const BatchSource& source, RowRange rows) const {
  const auto table_rows = source.rows.subspan(static_cast<std::size_t>(rows.begin), static_cast<std::size_t>(rows.size()));
  const Strided<float> features = plan.features(), targets = plan.targets();
  gather_rows(source.features, table_rows, features.row(rows.begin), features.stride);
  gather_rows(source.targets, table_rows, targets.row(rows.begin), targets.stride);
  if (source.weights == nullptr) return;
  for (std::int64_t r = rows.begin; r < rows.end; ++r) plan.weights()[r] = source.weights[source.rows[static_cast<std::size_t>(r)]];
}

void Step::forward(Plan& plan, std::int64_t shard, float* scratch) const {
  for (const auto& kernel : plan.kernels()) kernel->forward(shard, scratch);
}

void Step::loss_and_metrics(Plan& plan, std::int64_t shard, RowRange rows, bool weighted) {
  const std::int64_t outputs = network_->output_width();
  LossRows view;
  view.rows = rows.size();
  view.outputs = outputs;
  view.output = {plan.output().row(rows.begin), outputs};
  view.target = {plan.targets().row(rows.begin), plan.target_width()};
  view.weights = weighted ? plan.weights() + rows.begin : nullptr;
  if (plan.fused_loss()) view.prediction = {plan.prediction().row(rows.begin), outputs};
  view.delta = {plan.output_delta().row(rows.begin), outputs};
  view.scale = 1.0F / static_cast<float>(plan.batch());
  view.row_losses_sum = &shard_losses_[static_cast<std::size_t>(shard)];
  loss_->rows(view, plan.fused_loss());

  const MetricRows metric_rows{rows.size(), outputs, plan.target_width(), {plan.prediction().row(rows.begin), outputs}, view.target, view.weights};
  double* state = shard_metrics_.data() + shard * metric_floats_;
  std::fill_n(state, metric_floats_, 0.0);
  for (const auto& metric : metrics_) {
    metric->update(metric_rows, {state, static_cast<std::size_t>(metric->state_size())});
    state += metric->state_size();
  }
}

void Step::backward(Plan& plan, std::int64_t shard, float* scratch) const {
  for (int node = static_cast<int>(plan.kernels().size()) - 1; node >= 0; --node) {
    if (plan.trains(node)) plan.kernels()[static_cast<std::size_t>(node)]->backward(shard, scratch);
  }
}

void Step::gradient_and_update(Plan& plan, std::int64_t index, float* scratch, const StepConstants& constants) {
  const GradientJob& job = plan.gradient_jobs()[static_cast<std::size_t>(index)];
  float* gradient = job.partial != nullptr ? job.partial : scratch + plan.kernel_scratch();
  plan.kernels()[static_cast<std::size_t>(job.node)]->gradient(job.tile, job.slice, gradient, scratch);
  if (job.partial != nullptr) return;
  double penalty = 0;
  for (const GradientBlock& block : plan.tile(job).blocks) penalty += update(job.node, block, gradient, constants);
  if (penalised_) job_penalties_[static_cast<std::size_t>(index)] = penalty;
}

// Slices are added as a tree, (0+1)+(2+3)..., the same for any number of threads.
void Step::reduce_and_update(Plan& plan, std::int64_t index, const StepConstants& constants) {
  const ReduceJob& job = plan.reduce_jobs()[static_cast<std::size_t>(index)];
  const std::int64_t floats = job.block.rows.size() * job.block.stride;
  float* first = job.partial + job.block.offset;
  for (std::int64_t step = 1; step < job.slices; step *= 2) {
    for (std::int64_t slice = 0; slice + step < job.slices; slice += 2 * step) add_run(first + slice * job.slice_stride, first + (slice + step) * job.slice_stride, floats);
  }
  const double penalty = update(job.node, job.block, job.partial, constants);
  if (penalised_) job_penalties_[plan.gradient_jobs().size() + static_cast<std::size_t>(index)] = penalty;
}

double Step::update(int node, const GradientBlock& block, float* gradient, const StepConstants& constants) {
  const int parameter = network_->nodes()[static_cast<std::size_t>(node)].parameters[static_cast<std::size_t>(block.parameter)];
  const ParameterSpec& spec = network_->parameters()[static_cast<std::size_t>(parameter)].spec;
  double penalty = 0;
  store_->for_each_piece(parameter, block, gradient, [&](const UpdateBlock& piece) {
    if (spec.l1 != 0 || spec.l2 != 0) {
      for (std::int64_t r = 0; r < piece.rows; ++r) {
        const float* weights = piece.weights + r * piece.stride;
        penalty += penalty_of(weights, piece.columns, spec.l1, spec.l2);
        penalise_run(gradient + (piece.gradient - gradient) + r * piece.gradient_stride, weights, piece.columns, static_cast<float>(spec.l1), static_cast<float>(spec.l2));
      }
    }
    optimizer_->update(piece, constants);
  });
  return penalty;
}

}  // namespace millrace
