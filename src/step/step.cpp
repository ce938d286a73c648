// SPDX-License-Identifier: Apache-2.0
#include "step/step.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "step/slices.hpp"
#include "table/batches.hpp"

namespace millrace {

Step::Step(const Network& network, const Loss& loss, Updater& updater, MetricSet metrics)
    : network_(&network), loss_(&loss), updater_(&updater), metrics_(std::move(metrics)) {}

BatchSums Step::run(Crew& crew, Plan& plan, Scratch& scratch, const BatchSource& source, const MetricSink& sink,
                    Profile* profile) {
  const std::optional<PhaseCheck> check = phase_check(plan);
  const Phases phases(crew, profile, check ? &*check : nullptr);
  if (check) check->shapes(source);

  plan.cut_for(cut_for_ > 0 ? cut_for_ : crew.active());
  begin(plan, loss_divisor(network_->semantics(), source.weights, source.rows), profile);
  pack(phases, plan);
  round(phases, plan);
  row_phase(phases, plan, scratch, source, sink);
  weight_phase(phases, plan, scratch);
  reduce_phase(phases, plan, scratch);
  updater_->end_step(phases);
  return add_up(plan, sink.sums);
}

// A line search may evaluate weights at which the loss overflows, so its steps are not checked.
std::optional<PhaseCheck> Step::phase_check(Plan& plan) const {
  if (!checks_ || updater_->searches_line()) return std::nullopt;
  return PhaseCheck(*network_, plan, updater_->store(), updater_->gradient_buffer());
}

void Step::begin(Plan& plan, double divisor, Profile* profile) {
  shard_sums_.reserve(std::ssize(plan.shards()), metrics_.state_size());
  const std::size_t jobs = plan.gradient_jobs().size() + plan.reduce_jobs().size();
  if (updater_->penalised()) job_penalties_.assign(std::max(job_penalties_.size(), jobs), 0.0);
  for (int node = 0; profile != nullptr && node < plan.kernel_count(); ++node)
    profile->add_work(node, plan.kernel(node).multiply_adds());
  divisor_ = divisor;
  updater_->set_penalty_scale(penalty_scale(network_->semantics(), divisor_));
}

namespace {

void run_packs(const Phases& phases, Plan& plan, const std::vector<PackJob>& jobs) {
  phases.run(Phase::pack, std::ssize(jobs),
             [&](std::int64_t index, int) { plan.kernel(jobs[index].node).pack(jobs[index].job); });
}

}  // namespace

void Step::pack(const Phases& phases, Plan& plan) { run_packs(phases, plan, plan.pack_jobs()); }

void Step::round(const Phases& phases, Plan& plan) {
  if (!updater_->take_rounded()) run_packs(phases, plan, plan.rounded_jobs());
}

void Step::row_phase(const Phases& phases, Plan& plan, Scratch& scratch, const BatchSource& source,
                     const MetricSink& sink) {
  for (const RowPass& pass : plan.passes()) row_pass(phases, plan, scratch, source, sink, pass);
}

// A job is a shard of the batch, a part of a layer for a shard, or a part of a layer that couples rows.
void Step::row_pass(const Phases& phases, Plan& plan, Scratch& scratch, const BatchSource& source,
                    const MetricSink& sink, const RowPass& pass) {
  const std::int64_t shards = std::ssize(plan.shards());
  const auto rows = [&](std::int64_t shard, int worker) {
    if (pass.gather) gather(plan, source, plan.shards()[shard]);
    forward(phases, plan, pass, shard, worker, scratch.of(worker));
    if (pass.loss) loss_and_metrics(plan, source, shard, sink, scratch.of(worker));
    backward(phases, plan, pass, shard, worker, scratch.of(worker));
  };
  const auto coupled = [&](std::int64_t job, int worker) {
    forward(phases, plan, pass, job, worker, scratch.of(worker));
    backward(phases, plan, pass, job, worker, scratch.of(worker));
  };
  if (pass.coupled) {
    const std::int64_t jobs = plan.kernel(std::max(pass.forward_begin, pass.backward_begin)).coupled_rows()->jobs();
    phases.run(Phase::coupled, jobs, coupled, &pass);
  } else if (pass.parts > 1) {
    phases.run(
        Phase::rows, shards * pass.parts,
        [&](std::int64_t job, int worker) { part(phases, plan, pass, job, worker, scratch.of(worker)); }, &pass);
  } else {
    phases.run(Phase::rows, shards, rows, &pass);
  }
}

void Step::forward(const Phases& phases, Plan& plan, const RowPass& pass, std::int64_t job, int worker,
                   float* scratch) {
  if (pass.ends_forward != no_node)
    phases.measure(worker, pass.ends_forward, LayerWork::forward,
                   [&] { plan.kernel(pass.ends_forward).end_forward(job); });
  for (int node = pass.forward_begin; node < pass.forward_end; ++node)
    phases.measure(worker, node, LayerWork::forward, [&] { plan.kernel(node).forward(job, scratch); });
}

void Step::backward(const Phases& phases, Plan& plan, const RowPass& pass, std::int64_t job, int worker,
                    float* scratch) {
  for (int node = pass.backward_end - 1; node >= pass.backward_begin; --node) {
    if (!plan.trains(node)) continue;
    phases.measure(worker, node, LayerWork::backward, [&] { plan.kernel(node).backward(job, scratch); });
    if (!pass.coupled) shard_gradients(phases, plan, node, job, worker, scratch);
  }
  const int next = pass.begins_backward;
  if (next == no_node) return;
  phases.measure(worker, next, LayerWork::backward, [&] { plan.kernel(next).begin_backward(job); });
  shard_gradients(phases, plan, next, job, worker, scratch);
}

// Neighbouring jobs are parts of one shard, so a worker at home reads the same rows.
void Step::part(const Phases& phases, Plan& plan, const RowPass& pass, std::int64_t job, int worker, float* scratch) {
  const std::int64_t shard = job / pass.parts;
  const ShardPart part{job % pass.parts, pass.parts};
  if (pass.forward_begin < pass.forward_end)
    phases.measure(worker, pass.forward_begin, LayerWork::forward,
                   [&] { plan.kernel(pass.forward_begin).forward_part(shard, part, scratch); });
  else
    phases.measure(worker, pass.backward_begin, LayerWork::backward,
                   [&] { plan.kernel(pass.backward_begin).backward_part(shard, part, scratch); });
}

void Step::gradients(const Phases& phases, Plan& plan, Scratch& scratch, const SliceGradient& to,
                     const BucketJobs& jobs) {
  stored_ = &to;
  phases.run(Phase::weights, std::ssize(jobs.weights), [&](std::int64_t index, int worker) {
    weight_job(phases, plan, jobs.weights[index], worker, scratch.of(worker));
  });
  phases.run(Phase::reduce, std::ssize(jobs.reductions), [&](std::int64_t index, int worker) {
    reduce(phases, plan, jobs.reductions[index], worker, scratch.of(worker));
  });
  stored_ = nullptr;
}

// The reductions whose slices are ready run along with the gradients.
void Step::weight_phase(const Phases& phases, Plan& plan, Scratch& scratch) {
  phases.run(Phase::weights, std::ssize(plan.gradient_jobs()) + plan.reduce_jobs_by_shard(),
             [&](std::int64_t job, int worker) { weight_job(phases, plan, job, worker, scratch.of(worker)); });
}

void Step::weight_job(const Phases& phases, Plan& plan, std::int64_t job, int worker, float* scratch) {
  const std::int64_t gradients = std::ssize(plan.gradient_jobs());
  if (job < gradients)
    gradient(phases, plan, job, worker, scratch);
  else
    reduce(phases, plan, job - gradients, worker, scratch);
}

void Step::reduce_phase(const Phases& phases, Plan& plan, Scratch& scratch) {
  const std::int64_t first = plan.reduce_jobs_by_shard(), end = std::ssize(plan.reduce_jobs());
  phases.run(Phase::reduce, end - first,
             [&](std::int64_t job, int worker) { reduce(phases, plan, first + job, worker, scratch.of(worker)); });
}

void Step::gather(Plan& plan, const BatchSource& source, IndexRange rows) const {
  const auto table_rows = source.rows.subspan(rows.begin, rows.size());
  const StridedRows<float> features = plan.memory().features(), targets = plan.memory().targets();
  gather_rows(source.features, table_rows, features.row(rows.begin), features.stride);
  gather_rows(source.targets, table_rows, targets.row(rows.begin), targets.stride);
  for (const auto& [from, to] : {std::pair{source.weights, plan.memory().weights()},
                                 std::pair{source.metric_weights, plan.memory().metric_weights()}}) {
    for (std::int64_t r = rows.begin; r < rows.end && from != nullptr; ++r) to[r] = from[source.rows[r]];
  }
  if (source.folds != nullptr) weigh_members(plan, source, rows);
}

// A member has 1 - 1 / members of the rows, and those weigh more, so that its gradients are as large as with all rows.
void Step::weigh_members(Plan& plan, const BatchSource& source, IndexRange rows) const {
  const auto members = std::ssize(network_->trained_outputs());
  const float share = static_cast<float>(members) / static_cast<float>(members - 1);
  const StridedRows<float> to = plan.memory().member_weights();
  for (std::int64_t member = 0; member < members; ++member) {
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      const std::int64_t row = source.rows[r];
      const float weight = source.weights != nullptr ? source.weights[row] : 1.0F;
      to.row(member)[r] = source.folds[row] == member ? 0.0F : share * weight;
    }
  }
}

void Step::loss_and_metrics(Plan& plan, const BatchSource& source, std::int64_t shard, const MetricSink& sink,
                            float* scratch) {
  const IndexRange rows = plan.shards()[shard];
  const std::int64_t outputs = network_->output_width();
  LossBatch view;
  view.rows = rows.size();
  view.outputs = outputs;
  view.output = {plan.memory().output().row(rows.begin), plan.memory().output().stride};
  view.target = {plan.memory().targets().row(rows.begin), plan.memory().target_width()};
  view.weights = source.weights != nullptr ? plan.memory().weights() + rows.begin : nullptr;
  if (source.folds != nullptr) view.member_weights = {plan.memory().member_weights().row(0) + rows.begin, plan.batch()};
  const StridedRows<float> prediction{plan.memory().prediction().row(rows.begin), plan.memory().prediction().stride};
  if (plan.memory().fused_loss()) view.prediction = prediction;
  view.delta = {plan.memory().output_delta().row(rows.begin), plan.memory().output_delta().stride};
  view.scale = divisor_ > 0 ? static_cast<float>(1 / divisor_) : 0.0F;
  double* const sums = shard_sums_.of(shard);
  view.row_losses_sum = sums;
  loss_->rows(view, plan.memory().fused_loss());

  const StridedRows<float> scores = plan.averages() ? plan.average(shard, scratch) : prediction;
  const MetricBatch metric_rows{
      rows.size(),
      outputs,
      plan.memory().target_width(),
      scores,
      view.target,
      source.metric_weights != nullptr ? plan.memory().metric_weights() + rows.begin : nullptr};
  std::fill_n(sums + 1, metrics_.state_size(), 0.0);
  metrics_.add(metric_rows, sums + 1, sink.kept, sink.first_row + rows.begin, scratch);
}

void Step::shard_gradients(const Phases& phases, Plan& plan, int node, std::int64_t shard, int worker, float* scratch) {
  for (const GradientJob& job : plan.shard_gradients(node, shard)) {
    phases.measure(worker, node, LayerWork::gradient,
                   [&] { plan.kernel(node).gradient(job.tile, job.slice, job.partial, scratch); });
    phases.check_gradient(job, job.partial);
  }
}

void Step::gradient(const Phases& phases, Plan& plan, std::int64_t index, int worker, float* scratch) {
  const GradientJob& job = plan.gradient_jobs()[index];
  float* memory = job.partial != nullptr ? job.partial : scratch + plan.kernel_scratch();
  phases.measure(worker, job.node, LayerWork::gradient,
                 [&] { plan.kernel(job.node).gradient(job.tile, job.slice, memory, scratch); });
  phases.check_gradient(job, memory);
  if (job.partial != nullptr) return;
  double penalty = 0;
  phases.measure(worker, job.node, LayerWork::update, [&] {
    for (const GradientBlock& block : plan.kernel(job.node).blocks(job.tile)) penalty += take(job.node, block, memory);
  });
  if (updater_->penalised()) job_penalties_[index] = penalty;
}

void Step::reduce(const Phases& phases, Plan& plan, std::int64_t index, int worker, float* scratch) {
  const ReduceJob& job = plan.reduce_jobs()[index];
  float* const sum = scratch + plan.kernel_scratch();
  double penalty = 0;
  phases.measure(worker, job.node, LayerWork::update, [&] {
    add_slices(job.partial, job.slices, job.slice_stride, sum, job.floats);
    penalty = take(job.node, job.block, sum);
  });
  if (updater_->penalised()) job_penalties_[std::ssize(plan.gradient_jobs()) + index] = penalty;
}

double Step::take(int node, const GradientBlock& block, float* gradient) {
  const int parameter = network_->nodes()[node].parameters[block.parameter];
  if (stored_ == nullptr) return updater_->take(parameter, block, gradient);
  store(parameter, block, gradient);
  return 0;
}

void Step::store(int parameter, const GradientBlock& block, const float* gradient) const {
  if (network_->parameters()[parameter].spec.sparse)
    return stored_->rows->store(parameter, stored_->slice, block.rows.begin, gradient + block.offset);
  updater_->store().for_each_piece(parameter, block, [&](const StoredPiece& rectangle) {
    const StoredPiece piece = rectangle.joined();
    float* const to = stored_->values + stored_->places->place(parameter, piece.offset);
    for (std::int64_t r = 0; r < piece.rows; ++r)
      std::copy_n(gradient + piece.gradient_offset + r * piece.gradient_stride, piece.columns, to + r * piece.stride);
  });
}

BatchSums Step::add_up(const Plan& plan, std::span<double> metric_sums) const {
  BatchSums sums;
  sums.weight = divisor_;
  for (std::int64_t shard = 0; shard < std::ssize(plan.shards()); ++shard) {
    const double* const of_shard = shard_sums_.of(shard);
    sums.loss += of_shard[0];
    for (std::int64_t i = 0; i < metrics_.state_size(); ++i) metric_sums[i] += of_shard[1 + i];
  }
  for (const double penalty : job_penalties_) sums.penalty += penalty;
  return sums;
}

}  // namespace millrace
