// SPDX-License-Identifier: Apache-2.0
#include "step/inference.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "data/batches.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

namespace {

// Rows of a chunk. A row's outputs do not depend on its chunk's size; one row alone should not pay for 256.
constexpr std::array<std::int64_t, 3> chunk_sizes{1, 16, 256};

std::size_t chunk_class(std::int64_t rows) { return rows <= 1 ? 0 : rows <= chunk_sizes[1] ? 1 : 2; }

}  // namespace

Inference::Inference(const Network& network, ParameterStore& store, const Loss* loss, std::vector<NamedMetric> metrics,
                     GemmChoice gemm)
    : network_(&network),
      store_(&store),
      loss_(loss),
      metrics_(std::move(metrics)),
      gemm_(gemm),
      plans_(chunk_sizes.size()) {}

Plan& Inference::plan(int worker, std::int64_t rows) {
  return *plans_[chunk_class(rows)][static_cast<std::size_t>(worker)];
}

template <class Use>
void Inference::for_each_chunk(Crew& crew, const Dataset& data, const Use& use) {
  const std::int64_t rows = data.rows(), size = chunk_sizes[chunk_class(rows)];
  const std::int64_t chunks = ceil_div(rows, size);
  auto& plans = plans_[chunk_class(rows)];
  while (static_cast<int>(plans.size()) < crew.workers()) {
    plans.push_back(std::make_unique<Plan>(*network_, *store_, loss_,
                                           PlanOptions{.batch = size, .training = false, .gemm = gemm_}));
  }
  scratch_.reserve(crew.workers(), plans[0]->worker_scratch());
  crew.phase(chunks, [&](std::int64_t chunk, int worker) {
    Plan& p = *plans[static_cast<std::size_t>(worker)];
    const RowRange range{chunk * size, std::min(rows, (chunk + 1) * size)};
    for (std::int64_t r = range.begin; r < range.end; ++r) {
      std::memcpy(p.features().row(r - range.begin), data.features.row(data.table_row(r)),
                  static_cast<std::size_t>(data.features.columns) * sizeof(float));
    }
    // The last chunk's missing rows are computed on what the chunk before left there, and ignored.
    for (int node = 0; node < p.kernel_count(); ++node) p.kernel(node).forward(0, scratch_.of(worker));
    use(p, chunk, range);
  });
}

double Inference::divisor_of(const Dataset& data) const {
  if (data.weights.empty()) return static_cast<double>(data.rows());
  std::vector<std::int64_t> rows(static_cast<std::size_t>(data.rows()));
  for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = data.table_row(static_cast<std::int64_t>(r));
  return loss_divisor(network_->semantics(), data.weights.data(), rows);
}

Evaluation Inference::evaluate(Crew& crew, const Dataset& data) {
  const std::int64_t chunks = ceil_div(data.rows(), chunk_sizes[chunk_class(data.rows())]);
  std::int64_t metric_floats = 0;
  for (const NamedMetric& metric : metrics_) metric_floats += metric.metric->state_size();
  std::vector<double> losses(static_cast<std::size_t>(chunks)),
      states(static_cast<std::size_t>(chunks * metric_floats));
  const std::int64_t outputs = network_->output_width();

  for_each_chunk(crew, data, [&](Plan& p, std::int64_t chunk, RowRange range) {
    const bool weighted = !data.weights.empty();
    for (std::int64_t r = range.begin; r < range.end; ++r) {
      const std::int64_t table_row = data.table_row(r);
      std::memcpy(p.targets().row(r - range.begin), data.targets.row(table_row),
                  static_cast<std::size_t>(p.target_width()) * sizeof(float));
      if (weighted) p.weights()[r - range.begin] = data.weights[static_cast<std::size_t>(table_row)];
    }
    LossRows view;
    view.rows = range.size();
    view.outputs = outputs;
    view.output = p.output();
    view.target = p.targets();
    view.weights = weighted ? p.weights() : nullptr;
    if (p.fused_loss()) view.prediction = p.prediction();
    view.row_losses_sum = &losses[static_cast<std::size_t>(chunk)];
    loss_->rows(view, p.fused_loss());
    const MetricRows metric_rows{range.size(), outputs, p.target_width(), p.prediction(), view.target, view.weights};
    double* state = states.data() + chunk * metric_floats;
    for (const NamedMetric& metric : metrics_) {
      metric.metric->update(metric_rows, {state, static_cast<std::size_t>(metric.metric->state_size())});
      state += metric.metric->state_size();
    }
  });

  Evaluation result;
  for (const double loss : losses) result.loss += loss;
  const double divisor = divisor_of(data);
  result.loss =
      (divisor > 0 ? result.loss / divisor : 0) + store_->penalty(penalty_scale(network_->semantics(), divisor));
  std::int64_t offset = 0;
  for (const NamedMetric& metric : metrics_) {
    const std::int64_t size = metric.metric->state_size();
    std::vector<double> state(static_cast<std::size_t>(size));
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
      for (std::int64_t i = 0; i < size; ++i)
        state[static_cast<std::size_t>(i)] += states[static_cast<std::size_t>(chunk * metric_floats + offset + i)];
    }
    result.metrics.emplace_back(metric.name, metric.metric->result(state));
    offset += size;
  }
  return result;
}

void Inference::predict(Crew& crew, const Dataset& data, Matrix& out) {
  for_each_chunk(crew, data, [&](Plan& p, std::int64_t, RowRange range) {
    // Without a loss the plan keeps the last activation where the network has it.
    copy_rows({p.output().data, p.output().stride}, {out.row(range.begin), out.columns()}, range.size(), out.columns());
  });
}

}  // namespace millrace
