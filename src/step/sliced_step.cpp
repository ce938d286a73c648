// SPDX-License-Identifier: Apache-2.0
#include "step/sliced_step.hpp"

#include <algorithm>
#include <numeric>

#include "base/fail.hpp"
#include "millrace/error.hpp"
#include "step/kept_rows.hpp"

namespace millrace {

namespace {

constexpr std::int64_t update_floats = 8192;  // of one job

void refuse_sparse_updates(const Network& network) {
  for (const NetworkParameter& parameter : network.parameters()) {
    if (!parameter.spec.sparse) continue;
    fail(ErrorKind::usage, "slices",
         parameter.name +
             " has sparse updates, which need all rows of a batch at once; expected sparse=false, or one "
             "process without --slices");
  }
}

}  // namespace

SlicedStep::SlicedStep(const Network& network, const Loss& loss, Updater& updater, const ParameterStore& store,
                       const MetricSet& metrics, const SlicedPlan& plan, Ranks& ranks)
    : semantics_(network.semantics()),
      updater_(&updater),
      metric_sums_(metrics.state_size()),
      ranks_(&ranks),
      gradient_(store.buffer(ParameterStore::weights).size(), ceil_div(plan.slices(), ranks.size()), ranks),
      // The last batch may give a rank one slice more than full batches do, but no more than this.
      steps_(static_cast<std::size_t>(ceil_div(plan.slices(), ranks.size())), Step(network, loss, updater, metrics)),
      sums_(static_cast<std::size_t>(plan.slices() * (1 + metric_sums_))) {
  refuse_sparse_updates(network);
  plan_updates(network, store);
  std::int64_t most = 0;
  Plan& first = *plan.plans().front();
  for (int node = 0; node < first.kernel_count(); ++node) most = std::max(most, first.kernel(node).coupled_sums());
  coupled_.resize(static_cast<std::size_t>((plan.slices() + 1) * most));
  ranges_.resize(plan.of_ranks().size());
  rows_.resize(plan.of_ranks().size());
}

// Elements are updated one by one, so the size of a job changes no bit.
void SlicedStep::plan_updates(const Network& network, const ParameterStore& store) {
  for (int p = 0; p < std::ssize(network.parameters()); ++p) {
    if (!network.parameters()[p].spec.trainable) continue;
    const ParameterStorage& at = store.storage(p);
    const std::int64_t base = store.extent(p).begin;
    GradientBlock block{.rows = {0, at.rows}, .columns = {0, at.columns}};
    // The number of the parameter in its layer does not matter: updates_ has that of the network.
    if (at.layout.layout == Layout::panels) {
      const std::int64_t step = std::max<std::int64_t>(1, update_floats / (at.rows * panel_columns)) * panel_columns;
      for (std::int64_t column = 0; column < at.columns; column += step) {
        block.columns = {column, std::min(at.columns, column + step)};
        updates_.push_back({p, block, base + panel_offset(at.rows, at.columns, 0, column)});
      }
      continue;
    }
    block.stride = at.layout.stride;
    // At least two rows: the rounding of weights pairs them.
    const std::int64_t step = round_up(std::max<std::int64_t>(1, update_floats / block.stride), 2);
    for (std::int64_t row = 0; row < at.rows; row += step) {
      block.rows = {row, std::min(at.rows, row + step)};
      updates_.push_back({p, block, base + row * block.stride});
    }
  }
  penalties_.resize(updates_.size());
}

void SlicedStep::check_phases(bool on) {
  for (Step& step : steps_) step.check_phases(on);
}

// Calls use(slice, index) for every owned slice.
template <class Use>
void SlicedStep::for_each_slice(SlicedPlan& plan, const BatchSource& source, const MetricSink& sink, const Use& use) {
  for (std::int64_t i = 0; i < plan.owned().size(); ++i) {
    const IndexRange rows = plan.rows(plan.owned().begin + i);
    BatchSource part = source;
    part.rows = source.rows.subspan(rows.begin, rows.size());
    use(Slice{*plan.plans()[i], steps_[i], part, {sink.sums, sink.kept, sink.first_row + rows.begin}}, i);
  }
}

BatchSums SlicedStep::run(Crew& crew, SlicedPlan& plan, Scratch& scratch, const BatchSource& source,
                          const MetricSink& sink, Profile* profile) {
  const Phases all(crew, profile, nullptr);
  // Calls use(phases, slice, index), in debug builds with a check of the slice's phases.
  const auto for_slices = [&](const auto& use) {
    for_each_slice(plan, source, sink, [&](const Slice& slice, std::int64_t index) {
      const std::optional<PhaseCheck> check = slice.step.phase_check(slice.plan);
      use(Phases(crew, profile, check ? &*check : nullptr), slice, index);
    });
  };
  const double divisor = loss_divisor(semantics_, source.weights, source.rows);
  updater_->set_penalty_scale(penalty_scale(semantics_, divisor));

  for_slices([&](const Phases& phases, const Slice& slice, std::int64_t) {
    slice.step.begin(slice.plan, divisor, profile);
    slice.step.pack(phases, slice.plan);
  });
  const std::vector<RowPass>& passes = plan.plans().front()->passes();
  for (std::size_t p = 0; p < passes.size(); ++p) {
    if (passes[p].coupled) {
      couple(all, plan, passes[p]);
      continue;
    }
    for_slices([&](const Phases& phases, const Slice& slice, std::int64_t) {
      slice.step.row_pass(phases, slice.plan, scratch, slice.source, slice.sink, slice.plan.passes()[p]);
    });
  }
  for_slices([&](const Phases& phases, const Slice& slice, std::int64_t index) {
    slice.step.gradients(phases, slice.plan, scratch, gradient_.of_slice(index));
  });
  share_sums(all, plan, sink);
  BatchSums sums;
  sums.weight = divisor;
  sums.penalty = update(all, gradient_.add_up(all, plan, *ranks_));
  updater_->end_step(all);
  const std::int64_t width = 1 + metric_sums_;
  for (std::int64_t slice = 0; slice < plan.slices(); ++slice) {
    const double* const of_slice = sums_.data() + slice * width;
    sums.loss += of_slice[0];
    for (std::int64_t i = 0; i < metric_sums_; ++i) sink.sums[i] += of_slice[1 + i];
  }
  return sums;
}

// Every slice computes its sums over rows; the layer goes on with those of the whole batch, added in the order of slices.
void SlicedStep::couple(const Phases& phases, SlicedPlan& plan, const RowPass& pass) {
  const bool forward = pass.forward_end > pass.forward_begin;
  const int node = forward ? pass.forward_begin : pass.backward_begin;
  Plan& first = *plan.plans().front();
  if (!forward && !first.trains(node)) return;
  const CoupledPass direction = forward ? CoupledPass::forward : CoupledPass::backward;
  const std::int64_t width = first.kernel(node).coupled_sums(), jobs = first.kernel(node).coupled_jobs();
  double* const total = coupled_.data() + plan.slices() * width;
  for (int round = 0; round < first.kernel(node).sum_rounds(direction); ++round) {
    for (std::int64_t i = 0; i < plan.owned().size(); ++i) {
      double* const sums = coupled_.data() + (plan.owned().begin + i) * width;
      phases.run(Phase::coupled, jobs,
                 [&](std::int64_t job, int) { plan.plans()[i]->kernel(node).sum_rows(direction, round, job, sums); });
    }
    phases.wait(Phase::exchange, [&] { ranks_->gather(std::span(coupled_), wide(plan.of_ranks(), width)); });
    std::fill_n(total, width, 0.0);
    for (std::int64_t slice = 0; slice < plan.slices(); ++slice) {
      const double* const of_slice = coupled_.data() + slice * width;
      for (std::int64_t i = 0; i < width; ++i) total[i] += of_slice[i];
    }
    for (const auto& own : plan.plans())
      phases.run(Phase::coupled, jobs,
                 [&](std::int64_t job, int) { own->kernel(node).take_sums(direction, round, job, total); });
  }
}

std::span<const IndexRange> SlicedStep::wide(const std::vector<IndexRange>& of_ranks, std::int64_t width) {
  std::ranges::transform(of_ranks, ranges_.begin(), [&](IndexRange range) {
    return IndexRange{range.begin * width, range.end * width};
  });
  return ranges_;
}

void SlicedStep::share_sums(const Phases& phases, SlicedPlan& plan, const MetricSink& sink) {
  const std::int64_t width = 1 + metric_sums_;
  for (std::int64_t i = 0; i < plan.owned().size(); ++i) {
    double* const own = sums_.data() + (plan.owned().begin + i) * width;
    std::fill_n(own, width, 0.0);
    own[0] = steps_[i].add_up(*plan.plans()[i], std::span(own + 1, static_cast<std::size_t>(metric_sums_))).loss;
  }
  phases.wait(Phase::exchange, [&] {
    stopped_ = ranks_->any(stop_ != nullptr && stop_->load(std::memory_order_relaxed));
    ranks_->gather(std::span(sums_), wide(plan.of_ranks(), width));
    if (sink.kept != nullptr) share_rows(plan, sink);
  });
}

void SlicedStep::share_rows(SlicedPlan& plan, const MetricSink& sink) {
  for (std::size_t rank = 0; rank < rows_.size(); ++rank) {
    const IndexRange slices = plan.of_ranks()[rank];
    rows_[rank] = {sink.first_row + even_part(plan.batch(), plan.slices(), slices.begin).begin,
                   sink.first_row + even_part(plan.batch(), plan.slices(), slices.end).begin};
  }
  share_kept_rows(*ranks_, rows_, *sink.kept);
}

// Returns the penalty.
double SlicedStep::update(const Phases& phases, float* gradient) {
  phases.run(Phase::update, std::ssize(updates_), [&](std::int64_t index, int) {
    const UpdateJob& job = updates_[index];
    penalties_[index] = updater_->take(job.parameter, job.block, gradient + job.offset);
  });
  return std::accumulate(penalties_.begin(), penalties_.end(), 0.0);
}

}  // namespace millrace
