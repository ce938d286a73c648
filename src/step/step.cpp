// SPDX-License-Identifier: Apache-2.0
#include "step/step.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "step/pairwise_tree.hpp"
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
  const StepRun run{phases, plan, scratch,
                    source, sink, loss_divisor(network_->semantics(), source.weights, source.rows)};
  begin(run);
  pack(run);
  round(run);
  for (const RowPass& pass : plan.passes()) row_pass(run, pass);
  weight_phase(run);
  reduce_phase(run);
  updater_->end_step(phases);
  BatchSums sums = add_up(plan, sink.sums);
  sums.weight = run.divisor;
  return sums;
}

// A line search may evaluate weights at which the loss overflows, so its steps are not checked.
std::optional<PhaseCheck> Step::phase_check(Plan& plan) const {
  if (!checks_ || updater_->searches_line()) return std::nullopt;
  return PhaseCheck(*network_, plan, updater_->store(), updater_->gradient_buffer());
}

void Step::begin(const StepRun& run) {
  Plan& plan = run.plan;
  shard_sums_.reserve(std::ssize(plan.shards()), metrics_.state_size());
  const std::size_t jobs = plan.gradient_jobs().size() + plan.reduce_jobs().size();
  if (updater_->penalised()) job_penalties_.assign(std::max(job_penalties_.size(), jobs), 0.0);
  Profile* const profile = run.phases.profile();
  for (int node = 0; profile != nullptr && node < plan.kernel_count(); ++node)
    profile->add_work(node, plan.kernel(node).multiply_adds());
  updater_->set_penalty_scale(penalty_scale(network_->semantics(), run.divisor));
}

namespace {

void run_packs(const StepRun& run, const std::vector<PackJob>& jobs) {
  run.phases.run(Phase::pack, std::ssize(jobs),
                 [&](std::int64_t index, int) { run.plan.kernel(jobs[index].node).pack(jobs[index].job); });
}

}  // namespace

void Step::pack(const StepRun& run) { run_packs(run, run.plan.pack_jobs()); }

void Step::round(const StepRun& run) {
  if (!updater_->begin_writing()) run_packs(run, run.plan.rounded_jobs());
}

// A job is a shard of the batch, a part of a layer for a shard, or a part of a layer that couples rows.
void Step::row_pass(const StepRun& run, const RowPass& pass) {
  const std::int64_t shards = std::ssize(run.plan.shards());
  const auto rows = [&](std::int64_t shard, int worker) {
    if (pass.gather) gather(run, run.plan.shards()[shard]);
    forward(run, pass, shard, worker);
    if (pass.loss) loss_and_metrics(run, shard, worker);
    backward(run, pass, shard, worker);
  };
  const auto coupled = [&](std::int64_t job, int worker) {
    forward(run, pass, job, worker);
    backward(run, pass, job, worker);
  };
  if (pass.coupled) {
    LayerKernel& kernel = run.plan.kernel(std::max(pass.forward_begin, pass.backward_begin));
    run.phases.run(Phase::coupled, kernel.coupled_rows()->jobs(), coupled, &pass);
  } else if (pass.parts > 1) {
    run.phases.run(
        Phase::rows, shards * pass.parts, [&](std::int64_t job, int worker) { part(run, pass, job, worker); }, &pass);
  } else {
    run.phases.run(Phase::rows, shards, rows, &pass);
  }
}

void Step::forward(const StepRun& run, const RowPass& pass, std::int64_t job, int worker) {
  Plan& plan = run.plan;
  if (pass.ends_forward != no_node)
    run.phases.measure(worker, pass.ends_forward, LayerWork::forward,
                       [&] { plan.kernel(pass.ends_forward).end_forward(job); });
  for (int node = pass.forward_begin; node < pass.forward_end; ++node)
    run.phases.measure(worker, node, LayerWork::forward,
                       [&] { plan.kernel(node).forward(job, run.scratch.of(worker)); });
}

void Step::backward(const StepRun& run, const RowPass& pass, std::int64_t job, int worker) {
  Plan& plan = run.plan;
  for (int node = pass.backward_end - 1; node >= pass.backward_begin; --node) {
    if (!plan.trains(node)) continue;
    run.phases.measure(worker, node, LayerWork::backward,
                       [&] { plan.kernel(node).backward(job, run.scratch.of(worker)); });
    if (!pass.coupled) shard_gradients(run, node, job, worker);
  }
  const int next = pass.begins_backward;
  if (next == no_node) return;
  run.phases.measure(worker, next, LayerWork::backward, [&] { plan.kernel(next).begin_backward(job); });
  shard_gradients(run, next, job, worker);
}

// Neighbouring jobs are parts of one shard, so a worker at home reads the same rows.
void Step::part(const StepRun& run, const RowPass& pass, std::int64_t job, int worker) {
  const std::int64_t shard = job / pass.parts;
  const ShardPart part{job % pass.parts, pass.parts};
  float* const scratch = run.scratch.of(worker);
  if (pass.forward_begin < pass.forward_end)
    run.phases.measure(worker, pass.forward_begin, LayerWork::forward,
                       [&] { run.plan.kernel(pass.forward_begin).forward_part(shard, part, scratch); });
  else
    run.phases.measure(worker, pass.backward_begin, LayerWork::backward,
                       [&] { run.plan.kernel(pass.backward_begin).backward_part(shard, part, scratch); });
}

void Step::gradients(const StepRun& run, const BucketJobs& jobs) {
  run.phases.run(Phase::weights, std::ssize(jobs.weights),
                 [&](std::int64_t index, int worker) { weight_job(run, jobs.weights[index], worker); });
  run.phases.run(Phase::reduce, std::ssize(jobs.reductions),
                 [&](std::int64_t index, int worker) { reduce(run, jobs.reductions[index], worker); });
}

// The reductions whose slices are ready run along with the gradients.
void Step::weight_phase(const StepRun& run) {
  run.phases.run(Phase::weights, std::ssize(run.plan.gradient_jobs()) + run.plan.reduce_jobs_by_shard(),
                 [&](std::int64_t job, int worker) { weight_job(run, job, worker); });
}

void Step::weight_job(const StepRun& run, std::int64_t job, int worker) {
  const std::int64_t gradients = std::ssize(run.plan.gradient_jobs());
  if (job < gradients)
    gradient(run, job, worker);
  else
    reduce(run, job - gradients, worker);
}

void Step::reduce_phase(const StepRun& run) {
  const std::int64_t first = run.plan.reduce_jobs_by_shard(), end = std::ssize(run.plan.reduce_jobs());
  run.phases.run(Phase::reduce, end - first, [&](std::int64_t job, int worker) { reduce(run, first + job, worker); });
}

void Step::gather(const StepRun& run, IndexRange rows) const {
  const BatchSource& source = run.source;
  BatchMemory& memory = run.plan.memory();
  const auto table_rows = source.rows.subspan(rows.begin, rows.size());
  const StridedRows<float> features = memory.features(), targets = memory.targets();
  gather_rows(source.features, table_rows, features.row(rows.begin), features.stride);
  gather_rows(source.targets, table_rows, targets.row(rows.begin), targets.stride);
  for (const auto& [from, to] :
       {std::pair{source.weights, memory.weights()}, std::pair{source.metric_weights, memory.metric_weights()}}) {
    for (std::int64_t r = rows.begin; r < rows.end && from != nullptr; ++r) to[r] = from[source.rows[r]];
  }
  if (source.folds != nullptr) weigh_members(memory, source, rows);
}

// A member has 1 - 1 / members of the rows, and those weigh more, so that its gradients are as large as with all rows.
void Step::weigh_members(BatchMemory& memory, const BatchSource& source, IndexRange rows) const {
  const auto members = std::ssize(network_->trained_outputs());
  const float share = static_cast<float>(members) / static_cast<float>(members - 1);
  const StridedRows<float> to = memory.member_weights();
  for (std::int64_t member = 0; member < members; ++member) {
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      const std::int64_t row = source.rows[r];
      const float weight = source.weights != nullptr ? source.weights[row] : 1.0F;
      to.row(member)[r] = source.folds[row] == member ? 0.0F : share * weight;
    }
  }
}

void Step::loss_and_metrics(const StepRun& run, std::int64_t shard, int worker) {
  const IndexRange rows = run.plan.shards()[shard];
  BatchMemory& memory = run.plan.memory();
  LossBatch batch = memory.loss_batch(rows, run.source.weights != nullptr);
  if (run.source.folds != nullptr)
    batch.member_weights = {memory.member_weights().row(0) + rows.begin, run.plan.batch()};
  batch.delta = {memory.output_delta().row(rows.begin), memory.output_delta().stride};
  batch.scale = run.divisor > 0 ? static_cast<float>(1 / run.divisor) : 0.0F;
  double* const sums = shard_sums_.of(shard);
  batch.row_losses_sum = sums;
  loss_->rows(batch, memory.fused_loss());

  const StridedRows<float> scores =
      run.plan.averages() ? run.plan.average(shard, run.scratch.of(worker))
                          : StridedRows<float>{memory.prediction().row(rows.begin), memory.prediction().stride};
  std::fill_n(sums + 1, metrics_.state_size(), 0.0);
  metrics_.add({batch.rows, batch.outputs, memory.target_width(), scores, batch.target,
                run.source.metric_weights != nullptr ? memory.metric_weights() + rows.begin : nullptr},
               sums + 1, run.sink.kept, run.sink.first_row + rows.begin, run.scratch.of(worker));
}

void Step::shard_gradients(const StepRun& run, int node, std::int64_t shard, int worker) {
  for (const GradientJob& job : run.plan.shard_gradients(node, shard)) {
    run.phases.measure(worker, node, LayerWork::gradient, [&] {
      run.plan.kernel(node).gradient(job.tile, job.slice, job.partial, run.scratch.of(worker));
    });
    run.phases.check_gradient(job, job.partial);
  }
}

void Step::gradient(const StepRun& run, std::int64_t index, int worker) {
  const GradientJob& job = run.plan.gradient_jobs()[index];
  LayerKernel& kernel = run.plan.kernel(job.node);
  float* const scratch = run.scratch.of(worker);
  float* const memory = job.partial != nullptr ? job.partial : scratch + run.plan.kernel_scratch();
  run.phases.measure(worker, job.node, LayerWork::gradient,
                     [&] { kernel.gradient(job.tile, job.slice, memory, scratch); });
  run.phases.check_gradient(job, memory);
  if (job.partial != nullptr) return;
  double penalty = 0;
  run.phases.measure(worker, job.node, LayerWork::update, [&] {
    for (const GradientBlock& block : kernel.blocks(job.tile)) penalty += take(run, job.node, block, memory);
  });
  if (updater_->penalised()) job_penalties_[index] = penalty;
}

void Step::reduce(const StepRun& run, std::int64_t index, int worker) {
  const ReduceJob& job = run.plan.reduce_jobs()[index];
  float* const sum = run.scratch.of(worker) + run.plan.kernel_scratch();
  double penalty = 0;
  run.phases.measure(worker, job.node, LayerWork::update, [&] {
    add_tile_slices(job.partial, job.slices, job.slice_stride, sum, job.floats);
    penalty = take(run, job.node, job.block, sum);
  });
  if (updater_->penalised()) job_penalties_[std::ssize(run.plan.gradient_jobs()) + index] = penalty;
}

double Step::take(const StepRun& run, int node, const GradientBlock& block, float* gradient) {
  const int parameter = network_->nodes()[node].parameters[block.parameter];
  if (run.stored == nullptr) return updater_->take(parameter, block, gradient);
  store(*run.stored, parameter, block, gradient);
  return 0;
}

void Step::store(const SliceGradient& to, int parameter, const GradientBlock& block, const float* gradient) const {
  if (network_->parameters()[parameter].spec.sparse)
    return to.rows->store(parameter, to.slice, block.rows.begin, gradient + block.offset);
  updater_->store().for_each_piece(parameter, block, [&](const StoredPiece& rectangle) {
    const StoredPiece piece = rectangle.joined();
    float* const values = to.values + to.places->place(parameter, piece.offset);
    for (std::int64_t r = 0; r < piece.rows; ++r)
      std::copy_n(gradient + piece.gradient_offset + r * piece.gradient_stride, piece.columns,
                  values + r * piece.stride);
  });
}

BatchSums Step::add_up(const Plan& plan, std::span<double> metric_sums) const {
  BatchSums sums;
  for (std::int64_t shard = 0; shard < std::ssize(plan.shards()); ++shard) {
    const double* const of_shard = shard_sums_.of(shard);
    sums.loss += of_shard[0];
    for (std::int64_t i = 0; i < metrics_.state_size(); ++i) metric_sums[i] += of_shard[1 + i];
  }
  for (const double penalty : job_penalties_) sums.penalty += penalty;
  return sums;
}

}  // namespace millrace
