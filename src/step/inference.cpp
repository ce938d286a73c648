// SPDX-License-Identifier: Apache-2.0
#include "step/inference.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "ops/layers/rows.hpp"
#include "table/batches.hpp"
#include "table/checks.hpp"

namespace millrace {

namespace {

// Rows of a chunk. A few rows should not pay for 256, but fewer than 4 would take kernels of oneDNN's that add in
// another order (one row on any processor, two and three on AVX2), and a row's outputs must not depend on its chunk. So
// a lone row is a chunk only where no layer has such a kernel.
constexpr std::array<std::int64_t, 4> chunk_sizes{1, 4, 16, 256};

// Doubles that evaluation spends on the sums of chunks at most: enough for thousands of chunks, but for metrics with a
// sum for every class of thousands.
constexpr std::int64_t most_wave_sums = 1 << 20;

void copy_features(Plan& plan, const Dataset& data, IndexRange rows) {
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    std::memcpy(plan.features().row(r - rows.begin), data.features.row(data.table_row(r)),
                static_cast<std::size_t>(data.features.columns) * sizeof(float));
  }
}

// Whether the first layer, and no other, reads the network's only input.
bool first_layer_alone_reads(const Network& network) {
  std::int64_t readers = 0;
  for (const NetworkNode& node : network.nodes()) readers += std::ranges::count(node.inputs, 0);
  return network.inputs().size() == 1 && readers == 1 && network.nodes().front().inputs == std::vector{0};
}

}  // namespace

Inference::Inference(const Network& network, ParameterStore& store, const Loss* loss, MetricSet metrics)
    : network_(&network),
      store_(&store),
      loss_(loss),
      metrics_(std::move(metrics)),
      reads_table_(first_layer_alone_reads(network)),
      plans_(chunk_sizes.size()) {}

bool Inference::rows_stand_alone() {
  if (!rows_stand_alone_) {
    Plan& one = *plans_of(0, 1)[0];
    rows_stand_alone_ = true;
    for (int node = 0; node < one.kernel_count(); ++node) *rows_stand_alone_ &= one.kernel(node).rows_stand_alone();
    if (!*rows_stand_alone_) plans_[0].clear();
  }
  return *rows_stand_alone_;
}

std::size_t Inference::chunk_class(std::int64_t rows) {
  if (rows == 1 && rows_stand_alone()) return 0;
  std::size_t result = 1;
  while (result + 1 < chunk_sizes.size() && rows > chunk_sizes[result]) ++result;
  return result;
}

std::int64_t Inference::chunk_rows(std::int64_t rows) { return chunk_sizes[chunk_class(rows)]; }

std::int64_t Inference::chunks(std::int64_t rows) { return ceil_div(rows, chunk_rows(rows)); }

std::vector<std::unique_ptr<Plan>>& Inference::plans_of(std::size_t chunk_class, int workers) {
  auto& plans = plans_[chunk_class];
  while (static_cast<int>(plans.size()) < workers) {
    plans.push_back(std::make_unique<Plan>(*network_, *store_, loss_,
                                           PlanOptions{.batch = chunk_sizes[chunk_class], .training = false}));
  }
  return plans;
}

std::vector<std::unique_ptr<Plan>>& Inference::plans(std::int64_t rows, int workers) {
  return plans_of(chunk_class(rows), workers);
}

std::int64_t Inference::useful_workers(std::int64_t rows) {
  if (chunks(rows) > 1) return chunks(rows);
  Plan& one = *plans(rows, 1)[0];
  std::int64_t most = 1;
  for (int node = 0; node < one.kernel_count(); ++node) most = std::max(most, one.kernel(node).forward_parts());
  return most;
}

// The rows as the table has them, where the first layer can read them there; else a copy.
void Inference::first_layer(Plan& plan, const Dataset& data, IndexRange rows, float* scratch) const {
  if (reads_table_ && data.selection.empty() && rows.size() == plan.batch() &&
      plan.kernel(0).forward_from(data.features.row(rows.begin), data.features.stride, scratch))
    return;
  copy_features(plan, data, rows);
  plan.kernel(0).forward(0, scratch);
}

// One chunk, of few rows: the workers share the layers' weights.
void Inference::forward_together(Crew& crew, Plan& plan) {
  for (int node = 0; node < plan.kernel_count(); ++node) {
    LayerKernel& kernel = plan.kernel(node);
    const std::int64_t parts = kernel.forward_parts();
    if (parts == 1)
      kernel.forward(0, scratch_.of(0));
    else
      crew.phase(parts, [&](std::int64_t part, int) { kernel.forward_part(part); });
  }
}

template <class Use>
void Inference::for_each_chunk(Crew& crew, const Dataset& data, IndexRange chunks, const Use& use) {
  const std::int64_t rows = data.rows(), size = chunk_rows(rows);
  auto& plans = this->plans(rows, crew.workers());
  scratch_.reserve(crew.workers(), plans[0]->worker_scratch());
  crew.phase(chunks.size(), [&](std::int64_t job, int worker) {
    const std::int64_t chunk = chunks.begin + job;
    Plan& p = *plans[static_cast<std::size_t>(worker)];
    const IndexRange range{chunk * size, std::min(rows, (chunk + 1) * size)};
    // The last chunk's missing rows are computed on what the chunk before left there, and ignored.
    first_layer(p, data, range, scratch_.of(worker));
    for (int node = 1; node < p.kernel_count(); ++node) p.kernel(node).forward(0, scratch_.of(worker));
    use(p, chunk, range);
  });
}

double Inference::divisor_of(const Dataset& data) const {
  if (data.weights.empty()) return static_cast<double>(data.rows());
  std::vector<std::int64_t> rows(static_cast<std::size_t>(data.rows()));
  for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = data.table_row(static_cast<std::int64_t>(r));
  return loss_divisor(network_->semantics(), data.weights.data(), rows);
}

void Inference::measure(Plan& p, const Dataset& data, IndexRange rows, double* loss, double* metric_sums,
                        KeptRows* kept) {
  const bool weighted = !data.weights.empty();
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    const std::int64_t table_row = data.table_row(r);
    std::memcpy(p.targets().row(r - rows.begin), data.targets.row(table_row),
                static_cast<std::size_t>(p.target_width()) * sizeof(float));
    if (weighted) p.weights()[r - rows.begin] = data.weights[static_cast<std::size_t>(table_row)];
  }
  LossRows view;
  view.rows = rows.size();
  view.outputs = network_->output_width();
  view.output = p.output();
  view.target = p.targets();
  view.weights = weighted ? p.weights() : nullptr;
  if (p.fused_loss()) view.prediction = p.prediction();
  view.row_losses_sum = loss;
  loss_->rows(view, p.fused_loss());
  const MetricRows metric_rows{rows.size(), view.outputs, p.target_width(), p.prediction(), view.target, view.weights};
  metrics_.update(metric_rows, metric_sums);
  if (kept != nullptr) kept->put(rows.begin, metric_rows);
}

Evaluation Inference::evaluate(Crew& crew, const Dataset& data) {
  const std::int64_t chunks = Inference::chunks(data.rows()), sums_of_chunk = metrics_.state_size();
  // Sums of a wave of chunks are added in the order of the chunks before the next wave: no wave's size changes a bit.
  const std::int64_t wave =
      std::clamp<std::int64_t>(most_wave_sums / std::max<std::int64_t>(sums_of_chunk, 1), 1, chunks);
  std::vector<double> losses(static_cast<std::size_t>(wave)), sums(static_cast<std::size_t>(wave * sums_of_chunk)),
      total(static_cast<std::size_t>(sums_of_chunk));
  KeptRows kept;
  if (metrics_.keeps_rows())
    kept.reserve(data.rows(), network_->output_width(), data.targets.columns, !data.weights.empty());
  Evaluation result;
  for (IndexRange range{0, wave}; range.begin < chunks; range = {range.end, std::min(range.end + wave, chunks)}) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for_each_chunk(crew, data, range, [&](Plan& p, std::int64_t chunk, IndexRange rows) {
      const std::int64_t at = chunk - range.begin;
      measure(p, data, rows, losses.data() + at, sums.data() + at * sums_of_chunk,
              metrics_.keeps_rows() ? &kept : nullptr);
    });
    for (std::int64_t at = 0; at < range.size(); ++at) {
      result.loss += losses[static_cast<std::size_t>(at)];
      for (std::int64_t i = 0; i < sums_of_chunk; ++i)
        total[static_cast<std::size_t>(i)] += sums[static_cast<std::size_t>(at * sums_of_chunk + i)];
    }
  }
  const double divisor = divisor_of(data);
  result.loss =
      (divisor > 0 ? result.loss / divisor : 0) + store_->penalty(penalty_scale(network_->semantics(), divisor));
  result.metrics = metrics_.results(total, kept.first(metrics_.keeps_rows() ? data.rows() : 0));
  return result;
}

bool Inference::predict(Crew& crew, const Dataset& data, Matrix& out) {
  std::atomic<bool> finite{true};
  // Without a loss the plan keeps the last activation where the network has it. Features are looked at afterwards, when
  // they are in the cache: before, the products would have nothing left to wait for memory with.
  const auto take = [&](Plan& p, std::int64_t, IndexRange range) {
    if (!has_finite_features(data, range)) finite = false;
    copy_rows({p.output().data, p.output().stride}, {out.row(range.begin), out.columns()}, range.size(), out.columns());
  };
  if (chunks(data.rows()) > 1 || crew.workers() == 1) {
    for_each_chunk(crew, data, {0, chunks(data.rows())}, take);
    return finite;
  }
  Plan& plan = *plans(data.rows(), 1)[0];
  scratch_.reserve(1, plan.worker_scratch());
  copy_features(plan, data, {0, data.rows()});
  forward_together(crew, plan);
  take(plan, 0, {0, data.rows()});
  return finite;
}

}  // namespace millrace
