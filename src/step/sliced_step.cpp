// SPDX-License-Identifier: Apache-2.0
#include "step/sliced_step.hpp"

#include <algorithm>
#include <numeric>

#include "millrace/error.hpp"
#include "step/kept_rows.hpp"

namespace millrace {

namespace {

// All ranks cut the gradient into the same buckets, whatever their workers, and slices of one row more.
GradientPlaces places_for(const Network& network, const ParameterStore& store, const SlicedPlan& plan, int workers,
                          Ranks& ranks) {
  if (ranks.size() == 1) return {network, store, one_bucket};
  const Plan& first = *plan.plans().front();
  const std::int64_t jobs = std::ssize(first.gradient_jobs()) + first.reduce_jobs_by_shard();
  return {network, store, bucket_floats, ranks.least(most_buckets(jobs, workers))};
}

}  // namespace

SlicedStep::SlicedStep(CompiledNetwork& compiled, const SlicedPlan& plan, int workers, Wire wire, Ranks& ranks)
    : network_(&compiled.network),
      updater_(&compiled.updater),
      metric_sums_(compiled.objective.metrics.state_size()),
      ranks_(&ranks),
      places_(places_for(compiled.network, compiled.store, plan, workers, ranks)),
      gradient_(places_, ceil_div(plan.slices(), ranks.size()), wire, ranks),
      row_sums_(compiled.network, compiled.store, plan, ranks),
      // The last batch may give a rank one slice more than full batches do, but no more than this.
      steps_(static_cast<std::size_t>(ceil_div(plan.slices(), ranks.size())),
             Step(compiled.network, *compiled.objective.training_loss, compiled.updater, compiled.objective.metrics)),
      penalties_(places_.updates().size()),
      sums_(static_cast<std::size_t>(plan.slices() * (1 + metric_sums_) + ranks.size())) {
  std::int64_t most = 0;
  Plan& first = *plan.plans().front();
  for (int node = 0; node < first.kernel_count(); ++node) {
    const CoupledRows* const rows = first.kernel(node).coupled_rows();
    if (rows != nullptr) most = std::max(most, rows->sums());
  }
  coupled_.resize(static_cast<std::size_t>((plan.slices() + 1) * most));
  ranges_.resize(plan.shares().of_ranks.size());
  rows_.resize(plan.shares().of_ranks.size());
}

const std::vector<std::vector<BucketJobs>>& SlicedStep::jobs_of(SlicedPlan& plan) {
  for (const auto& [known, jobs] : jobs_)
    if (known == &plan) return jobs;
  std::vector<std::vector<BucketJobs>> jobs;
  for (std::int64_t i = 0; i < plan.owned().size(); ++i)
    jobs.push_back(jobs_by_bucket(*network_, updater_->store(), places_, *plan.plans()[i]));
  return jobs_.emplace_back(&plan, std::move(jobs)).second;
}

void SlicedStep::check_phases(bool on) {
  for (Step& step : steps_) step.check_phases(on);
}

BatchSums SlicedStep::run(Crew& crew, SlicedPlan& plan, Scratch& scratch, const BatchSource& source,
                          const MetricSink& sink, Profile* profile) {
  const double divisor = loss_divisor(network_->semantics(), source.weights, source.rows);
  // Here, because a rank may have no slice of the last batch.
  updater_->set_penalty_scale(penalty_scale(network_->semantics(), divisor));
  ranks_->leaving_on_error([&] { train(crew, plan, scratch, source, sink, divisor, profile); });
  BatchSums sums;
  sums.weight = divisor;
  sums.penalty = std::accumulate(penalties_.begin(), penalties_.end(), 0.0);
  sums.loss = add_sums(plan, sink.sums);
  return sums;
}

void SlicedStep::train(Crew& crew, SlicedPlan& plan, Scratch& scratch, const BatchSource& source,
                       const MetricSink& sink, double divisor, Profile* profile) {
  const Phases all(crew, profile, nullptr, ranks_);
  // Calls use(step, run, index) for every owned slice, in debug builds with a check of its phases.
  const auto for_slices = [&](const auto& use) {
    for (std::int64_t i = 0; i < plan.owned().size(); ++i) {
      const IndexRange rows = plan.rows(plan.owned().begin + i);
      BatchSource part = source;
      part.rows = source.rows.subspan(rows.begin, rows.size());
      const MetricSink part_sink{sink.sums, sink.kept, sink.first_row + rows.begin};
      const SliceGradient stored{gradient_.of_slice(i), &places_, &row_sums_, i};
      const std::optional<PhaseCheck> check = steps_[i].phase_check(*plan.plans()[i]);
      const Phases phases(crew, profile, check ? &*check : nullptr, ranks_);
      use(steps_[i], StepRun{phases, *plan.plans()[i], scratch, part, part_sink, divisor, &stored}, i);
    }
  };
  for_slices([&](Step& step, const StepRun& run, std::int64_t index) {
    step.begin(run);
    step.pack(run);
    if (index == 0) step.round(run);  // all slices read the same copies
  });
  const std::vector<RowPass>& passes = plan.plans().front()->passes();
  for (std::size_t p = 0; p < passes.size(); ++p) {
    if (passes[p].coupled) {
      couple(all, plan, passes[p]);
      continue;
    }
    for_slices([&](Step& step, const StepRun& run, std::int64_t) { step.row_pass(run, run.plan.passes()[p]); });
  }
  weight_phase(all, plan, for_slices);
  updater_->end_step(all);
  if (sink.kept != nullptr) all.wait(Phase::exchange, [&] { share_rows(plan, sink); });
}

// The sums of the batch travel with the first bucket.
template <class Use>
void SlicedStep::weight_phase(const Phases& all, SlicedPlan& plan, const Use& for_slices) {
  const std::vector<std::vector<BucketJobs>>& jobs = jobs_of(plan);
  const std::vector<Bucket>& buckets = places_.buckets();
  const auto gradients = [&](std::int64_t bucket) {
    for_slices([&](Step& step, const StepRun& run, std::int64_t index) { step.gradients(run, jobs[index][bucket]); });
  };
  if (!row_sums_.empty()) {
    row_sums_.begin(plan.shares());
    gradients(std::ssize(buckets));
    row_sums_.send(all);
  }
  collect_sums(plan);
  gradient_.begin(plan.shares());
  std::int64_t updated = 0;
  for (std::int64_t bucket = 0; bucket < std::ssize(buckets); ++bucket) {
    gradients(bucket);
    gradient_.add(all, bucket);
    while (updated < gradient_.advance(all)) update(all, buckets[updated++]);
  }
  while (updated < std::ssize(buckets)) {
    if (updated < gradient_.advance(all))
      update(all, buckets[updated++]);
    else
      all.wait(Phase::exchange, [&] { ranks_->wait(); });
  }
  row_sums_.update(all, *updater_);
}

// Every slice computes its sums over rows; the layer goes on with those of the whole batch, added in the order of slices.
void SlicedStep::couple(const Phases& phases, SlicedPlan& plan, const RowPass& pass) {
  const bool forward = pass.forward_end > pass.forward_begin;
  const int node = forward ? pass.forward_begin : pass.backward_begin;
  Plan& first = *plan.plans().front();
  if (!forward && !first.trains(node)) return;
  const CoupledPass direction = forward ? CoupledPass::forward : CoupledPass::backward;
  const CoupledRows& rows = *first.kernel(node).coupled_rows();
  const std::int64_t width = rows.sums(), jobs = rows.jobs();
  double* const total = coupled_.data() + plan.slices() * width;
  for (int round = 0; round < rows.rounds(direction); ++round) {
    for (std::int64_t i = 0; i < plan.owned().size(); ++i) {
      double* const sums = coupled_.data() + (plan.owned().begin + i) * width;
      CoupledRows& own = *plan.plans()[i]->kernel(node).coupled_rows();
      phases.run(Phase::coupled, jobs, [&](std::int64_t job, int) { own.sum_rows(direction, round, job, sums); });
    }
    phases.wait(Phase::exchange, [&] { ranks_->gather(std::span(coupled_), wide(plan.shares().of_ranks, width)); });
    std::fill_n(total, width, 0.0);
    for (std::int64_t slice = 0; slice < plan.slices(); ++slice) {
      const double* const of_slice = coupled_.data() + slice * width;
      for (std::int64_t i = 0; i < width; ++i) total[i] += of_slice[i];
    }
    for (const auto& of_slice : plan.plans()) {
      CoupledRows& own = *of_slice->kernel(node).coupled_rows();
      phases.run(Phase::coupled, jobs, [&](std::int64_t job, int) { own.take_sums(direction, round, job, total); });
    }
  }
}

std::span<const IndexRange> SlicedStep::wide(const std::vector<IndexRange>& of_ranks, std::int64_t width) {
  std::ranges::transform(of_ranks, ranges_.begin(), [&](IndexRange range) {
    return IndexRange{range.begin * width, range.end * width};
  });
  return ranges_;
}

void SlicedStep::collect_sums(SlicedPlan& plan) {
  const std::int64_t width = 1 + metric_sums_;
  for (std::int64_t rank = 0; rank < ranks_->size(); ++rank) {
    const IndexRange slices = plan.shares().of_ranks[rank];
    ranges_[rank] = {slices.begin * width + rank, slices.end * width + rank + 1};
  }
  double* own = sums_.data() + ranges_[ranks_->rank()].begin;
  for (std::int64_t i = 0; i < plan.owned().size(); ++i, own += width) {
    std::fill_n(own, width, 0.0);
    own[0] = steps_[i].add_up(*plan.plans()[i], std::span(own + 1, static_cast<std::size_t>(metric_sums_))).loss;
  }
  *own = stop_ != nullptr && stop_->load(std::memory_order_relaxed) ? 1 : 0;
  ranks_->add_gather(std::span(sums_), std::span<const IndexRange>(ranges_));
}

// Returns the loss of the batch, and adds the sums of the metrics to `metric_sums`.
double SlicedStep::add_sums(const SlicedPlan& plan, std::span<double> metric_sums) {
  double loss = 0;
  stopped_ = false;
  const double* next = sums_.data();
  for (const IndexRange slices : plan.shares().of_ranks) {
    for (std::int64_t slice = slices.begin; slice < slices.end; ++slice) {
      loss += *next++;
      for (std::int64_t i = 0; i < metric_sums_; ++i) metric_sums[i] += *next++;
    }
    stopped_ |= *next++ != 0;
  }
  return loss;
}

void SlicedStep::share_rows(SlicedPlan& plan, const MetricSink& sink) {
  for (std::size_t rank = 0; rank < rows_.size(); ++rank) {
    const IndexRange slices = plan.shares().of_ranks[rank];
    rows_[rank] = {sink.first_row + even_part(plan.batch(), plan.slices(), slices.begin).begin,
                   sink.first_row + even_part(plan.batch(), plan.slices(), slices.end).begin};
  }
  share_kept_rows(*ranks_, rows_, *sink.kept);
}

void SlicedStep::update(const Phases& phases, const Bucket& bucket) {
  phases.run(Phase::update, bucket.updates.size(), [&](std::int64_t index, int) {
    const UpdateJob& job = places_.updates()[bucket.updates.begin + index];
    penalties_[bucket.updates.begin + index] = updater_->take(job.parameter, job.block, gradient_.sum() + job.offset);
  });
}

}  // namespace millrace
