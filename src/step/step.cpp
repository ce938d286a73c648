// SPDX-License-Identifier: Apache-2.0
#include "step/step.hpp"

#include <algorithm>

#include "step/slices.hpp"
#include "table/batches.hpp"

namespace millrace {

void Scratch::reserve(int workers, std::int64_t floats) {
  if (workers <= workers_ && floats <= stride_) return;
  workers_ = std::max(workers, workers_);
  stride_ = std::max(round_up(floats, cache_line_floats), stride_);
  memory_ = Buffer(workers_ * stride_);
}

void ShardSums::reserve(std::size_t shards, std::int64_t metric_sums) {
  stride_ = ceil_div(1 + metric_sums, std::ssize(Line{}.values));
  lines_.resize(std::max(lines_.size(), shards * stride_));
}

double loss_divisor(Semantics semantics, const float* weights, std::span<const std::int64_t> rows) {
  if (weights == nullptr || semantics == Semantics::keras) return static_cast<double>(rows.size());
  double sum = 0;
  for (const std::int64_t row : rows) sum += static_cast<double>(weights[row]);
  return sum;
}

Step::Step(const Network& network, const Loss& loss, Updater& updater, MetricSet metrics)
    : network_(&network), loss_(&loss), updater_(&updater), metrics_(std::move(metrics)) {}

BatchSums Step::run(Crew& crew, Plan& plan, Scratch& scratch, const BatchSource& source, const MetricSink& sink,
                    Profile* profile) {
  const std::size_t shards = plan.shards().size(), gradient_jobs = plan.gradient_jobs().size(),
                    reduce_jobs = plan.reduce_jobs().size();
  shard_sums_.reserve(shards, metrics_.state_size());
  if (updater_->penalised()) job_penalties_.assign(std::max(job_penalties_.size(), gradient_jobs + reduce_jobs), 0.0);

  for (int node = 0; profile != nullptr && node < plan.kernel_count(); ++node)
    profile->add_work(node, plan.kernel(node).multiply_adds());
  divisor_ = loss_divisor(network_->semantics(), source.weights, source.rows);
  updater_->set_penalty_scale(penalty_scale(network_->semantics(), divisor_));
  run_phase(Phase::pack, crew, std::ssize(plan.pack_jobs()), profile, [&](std::int64_t index, int) {
    const PackJob& job = plan.pack_jobs()[index];
    plan.kernel(job.node).pack(job.job);
  });
  row_phase(crew, plan, scratch, source, sink, profile);
  const auto tiles = static_cast<std::int64_t>(gradient_jobs);
  const std::int64_t early = plan.reduce_jobs_of_shards(), late = static_cast<std::int64_t>(reduce_jobs) - early;
  run_phase(Phase::weights, crew, tiles + early, profile, [&](std::int64_t job, int worker) {
    if (job < tiles)
      gradient(plan, job, worker, scratch.of(worker), profile);
    else
      reduce(plan, job - tiles, worker, scratch.of(worker), profile);
  });
  run_phase(Phase::reduce, crew, late, profile,
            [&](std::int64_t job, int worker) { reduce(plan, early + job, worker, scratch.of(worker), profile); });
  updater_->end_step(crew, profile);
  return add_up(plan, sink.sums);
}

void Step::row_phase(Crew& crew, Plan& plan, Scratch& scratch, const BatchSource& source, const MetricSink& sink,
                     Profile* profile) {
  for (const RowPass& pass : plan.passes()) {
    const auto forward = [&](std::int64_t part, int worker) {
      for (int node = pass.forward_begin; node < pass.forward_end; ++node) {
        measured(profile, worker, node, LayerWork::forward,
                 [&] { plan.kernel(node).forward(part, scratch.of(worker)); });
      }
    };
    const auto backward = [&](std::int64_t part, int worker) {
      for (int node = pass.backward_end - 1; node >= pass.backward_begin; --node) {
        if (!plan.trains(node)) continue;
        measured(profile, worker, node, LayerWork::backward,
                 [&] { plan.kernel(node).backward(part, scratch.of(worker)); });
        if (!pass.coupled) shard_gradients(plan, node, part, worker, scratch.of(worker), profile);
      }
    };
    if (pass.coupled) {
      const std::int64_t jobs = plan.kernel(std::max(pass.forward_begin, pass.backward_begin)).coupled_jobs();
      run_phase(Phase::coupled, crew, jobs, profile, [&](std::int64_t job, int worker) {
        forward(job, worker);
        backward(job, worker);
      });
      continue;
    }
    run_phase(Phase::rows, crew, static_cast<std::int64_t>(plan.shards().size()), profile,
              [&](std::int64_t shard, int worker) {
                const IndexRange rows = plan.shards()[shard];
                if (pass.gather) gather(plan, source, rows);
                forward(shard, worker);
                if (pass.loss) loss_and_metrics(plan, source, shard, rows, sink);
                backward(shard, worker);
              });
  }
}

void Step::gather(Plan& plan, const BatchSource& source, IndexRange rows) const {
  const auto table_rows = source.rows.subspan(rows.begin, rows.size());
  const Strided<float> features = plan.features(), targets = plan.targets();
  gather_rows(source.features, table_rows, features.row(rows.begin), features.stride);
  gather_rows(source.targets, table_rows, targets.row(rows.begin), targets.stride);
  for (const auto& [from, to] :
       {std::pair{source.weights, plan.weights()}, std::pair{source.metric_weights, plan.metric_weights()}}) {
    for (std::int64_t r = rows.begin; r < rows.end && from != nullptr; ++r) to[r] = from[source.rows[r]];
  }
}

void Step::loss_and_metrics(Plan& plan, const BatchSource& source, std::int64_t shard, IndexRange rows,
                            const MetricSink& sink) {
  const std::int64_t outputs = network_->output_width();
  LossRows view;
  view.rows = rows.size();
  view.outputs = outputs;
  view.output = {plan.output().row(rows.begin), plan.output().stride};
  view.target = {plan.targets().row(rows.begin), plan.target_width()};
  view.weights = source.weights != nullptr ? plan.weights() + rows.begin : nullptr;
  const Strided<float> prediction{plan.prediction().row(rows.begin), plan.prediction().stride};
  if (plan.fused_loss()) view.prediction = prediction;
  view.delta = {plan.output_delta().row(rows.begin), plan.output_delta().stride};
  view.scale = divisor_ > 0 ? static_cast<float>(1 / divisor_) : 0.0F;
  double* const sums = shard_sums_.of(shard);
  view.row_losses_sum = sums;
  loss_->rows(view, plan.fused_loss());

  const MetricRows metric_rows{
      rows.size(), outputs,     plan.target_width(),
      prediction,  view.target, source.metric_weights != nullptr ? plan.metric_weights() + rows.begin : nullptr};
  std::fill_n(sums + 1, metrics_.state_size(), 0.0);
  metrics_.update(metric_rows, sums + 1);
  if (sink.kept != nullptr) sink.kept->put(sink.first_row + rows.begin, metric_rows);
}

void Step::shard_gradients(Plan& plan, int node, std::int64_t shard, int worker, float* scratch, Profile* profile) {
  for (const GradientJob& job : plan.shard_gradients(node, shard)) {
    measured(profile, worker, node, LayerWork::gradient,
             [&] { plan.kernel(node).gradient(job.tile, job.slice, job.partial, scratch); });
  }
}

void Step::gradient(Plan& plan, std::int64_t index, int worker, float* scratch, Profile* profile) {
  const GradientJob& job = plan.gradient_jobs()[index];
  float* memory = job.partial != nullptr ? job.partial : scratch + plan.kernel_scratch();
  measured(profile, worker, job.node, LayerWork::gradient,
           [&] { plan.kernel(job.node).gradient(job.tile, job.slice, memory, scratch); });
  if (job.partial != nullptr) return;
  double penalty = 0;
  measured(profile, worker, job.node, LayerWork::update, [&] {
    for (const GradientBlock& block : plan.kernel(job.node).blocks(job.tile)) penalty += take(job.node, block, memory);
  });
  if (updater_->penalised()) job_penalties_[index] = penalty;
}

void Step::reduce(Plan& plan, std::int64_t index, int worker, float* scratch, Profile* profile) {
  const ReduceJob& job = plan.reduce_jobs()[index];
  float* const sum = scratch + plan.kernel_scratch();
  double penalty = 0;
  measured(profile, worker, job.node, LayerWork::update, [&] {
    add_slices(job.partial, job.slices, job.slice_stride, sum, job.floats);
    penalty = take(job.node, job.block, sum);
  });
  if (updater_->penalised()) job_penalties_[plan.gradient_jobs().size() + index] = penalty;
}

double Step::take(int node, const GradientBlock& block, float* gradient) {
  const int parameter = network_->nodes()[node].parameters[block.parameter];
  return updater_->take(parameter, block, gradient);
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
