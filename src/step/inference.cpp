// SPDX-License-Identifier: Apache-2.0
#include "step/inference.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "base/fail.hpp"
#include "base/finite.hpp"
#include "ops/layers/rows.hpp"
#include "step/kept_rows.hpp"
#include "step/penalty.hpp"
#include "table/batches.hpp"
#include "table/checks.hpp"
#include "table/storage/stored.hpp"

namespace millrace {

namespace {

// Rows of a chunk. A few rows should not take the time of 256. But for fewer than 4 rows, oneDNN chooses kernels that
// add in another order (for one row on any processor, for two and three on AVX2), and a row's outputs must not depend on
// its chunk. So a chunk has a single row only if no layer has such a kernel.
constexpr std::array<std::int64_t, 4> chunk_sizes{1, 4, 16, 256};

// Limit for the doubles that hold the sums of chunks in an evaluation. It is reached only by metrics with a sum for each
// of thousands of classes.
constexpr std::int64_t most_wave_sums = 1 << 20;

// Whether the first layer, and no other, reads the network's only input.
bool first_layer_alone_reads(const Network& network) {
  std::int64_t readers = 0;
  for (const NetworkNode& node : network.nodes()) readers += std::ranges::count(node.inputs, 0);
  return network.inputs().size() == 1 && readers == 1 && network.nodes().front().inputs == std::vector{0};
}

}  // namespace

Inference::Inference(const Network& network, ParameterStore& store, const Objective* objective)
    : network_(&network),
      store_(&store),
      objective_(objective),
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
    plans.push_back(std::make_unique<Plan>(*network_, *store_, objective_ == nullptr ? nullptr : objective_->loss.get(),
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
  for (int node = 0; node < one.kernel_count(); ++node) most = std::max(most, one.kernel(node).useful_parts());
  return most;
}

bool Inference::copy_features(Plan& plan, const InferenceRows& rows, IndexRange range) const {
  const StridedRows<float> to = plan.memory().features();
  const Preparation* const preparation = rows.preparation;
  const std::int64_t width = network_->input_width();
  const bool as_they_are = preparation == nullptr || preparation->empty();
  bool finite = true;
  for (std::int64_t r = range.begin; r < range.end; ++r) {
    const float* const from = rows.data.features.row(rows.data.table_row(r));
    float* const row = to.row(r - range.begin);
    if (as_they_are) {
      std::memcpy(row, from, static_cast<std::size_t>(width) * sizeof(float));
    } else {
      preparation->prepare_row(from, rows.data.features.columns, row);
      finite &= all_finite(row, width);
    }
  }
  // One call for all rows: with a call for each, 1000 rows of 30 columns took 3 % longer.
  return as_they_are ? has_finite_features(rows.data, range) : finite;
}

// Reads the rows directly from the table if the first layer can, else from a prepared copy. The table's features are
// checked after the layer, because then they are in the cache.
bool Inference::first_layer(Plan& plan, const InferenceRows& rows, IndexRange range, float* scratch) const {
  const Dataset& data = rows.data;
  const bool prepared = rows.preparation == nullptr || rows.preparation->empty();
  if (reads_table_ && prepared && data.selection.empty() && range.size() == plan.batch() &&
      plan.kernel(0).forward_from(data.features.row(range.begin), data.features.stride, scratch))
    return has_finite_features(data, range);
  const bool finite = copy_features(plan, rows, range);
  plan.kernel(0).forward(0, scratch);
  return finite;
}

// A single chunk of few rows: the workers share each layer's weights.
void Inference::forward_together(Crew& crew, Plan& plan) {
  for (int node = 0; node < plan.kernel_count(); ++node) {
    LayerKernel& kernel = plan.kernel(node);
    const std::int64_t parts = kernel.useful_parts();
    if (parts == 1) {
      kernel.forward(0, scratch_.of(0));
      continue;
    }
    crew.phase(parts, [&](std::int64_t part, int worker) {
      kernel.forward_part(0, {part, parts}, scratch_.of(worker));
    });
    kernel.end_forward(0);
  }
}

// A row that a member of an ensemble has not learned from gets that member's output, instead of the mean.
void Inference::hold_out(Plan& plan, const Dataset& data, IndexRange rows) const {
  if (data.folds.empty()) return;
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    const NetworkOutput& member = network_->trained_outputs()[data.folds[data.table_row(r)]];
    const ValueBuffers& from = plan.memory().values()[network_->input_count() + member.node];
    std::copy_n(from.data + (r - rows.begin) * from.stride, member.width, plan.memory().output().row(r - rows.begin));
  }
}

template <class Use>
bool Inference::for_each_chunk(Crew& crew, const InferenceRows& rows, IndexRange chunks, const std::atomic<bool>* stop,
                               const Use& use) {
  const std::int64_t count = rows.data.rows(), size = chunk_rows(count);
  auto& plans = this->plans(count, crew.workers());
  scratch_.reserve(crew.workers(), plans[0]->worker_scratch());
  const std::optional<RowStorage> storage = storage_of(rows.data);
  std::atomic<bool> complete{true};
  crew.phase(chunks.size(), [&](std::int64_t job, int worker) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) {
      complete.store(false, std::memory_order_relaxed);
      return;
    }
    const std::int64_t chunk = chunks.begin + job;
    Plan& p = *plans[worker];
    const IndexRange range{chunk * size, std::min(count, (chunk + 1) * size)};
    if (storage) storage->passed(range.size() * rows.data.features.stride * std::int64_t{sizeof(float)});
    // In a smaller last chunk, the remaining rows of the plan hold old values; their outputs are ignored.
    const bool finite = first_layer(p, rows, range, scratch_.of(worker));
    for (int node = 1; node < p.kernel_count(); ++node) p.kernel(node).forward(0, scratch_.of(worker));
    hold_out(p, rows.data, range);
    use(p, chunk, range, finite, scratch_.of(worker));
  });
  return complete;
}

double Inference::divisor_of(const Dataset& data) const {
  if (data.weights.empty()) return static_cast<double>(data.rows());
  std::vector<std::int64_t> rows(data.rows());
  for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = data.table_row(static_cast<std::int64_t>(r));
  return loss_divisor(network_->semantics(), data.weights.data(), rows);
}

void Inference::measure(Plan& plan, const Dataset& data, IndexRange rows, double* loss, double* metric_sums,
                        KeptRows* kept, float* scratch) {
  BatchMemory& memory = plan.memory();
  const bool weighted = !data.weights.empty();
  for (std::int64_t r = rows.begin; r < rows.end; ++r) {
    const std::int64_t table_row = data.table_row(r);
    std::memcpy(memory.targets().row(r - rows.begin), data.targets.row(table_row),
                static_cast<std::size_t>(memory.target_width()) * sizeof(float));
    if (weighted) memory.weights()[r - rows.begin] = data.weights[table_row];
  }
  LossBatch batch = memory.loss_batch({0, rows.size()}, weighted);
  batch.row_losses_sum = loss;
  objective_->loss->rows(batch, memory.fused_loss());
  const bool weighted_metrics = objective_->metrics.weights_of(data.weights) != nullptr;
  objective_->metrics.add({batch.rows, batch.outputs, memory.target_width(), memory.prediction(), batch.target,
                           weighted_metrics ? batch.weights : nullptr},
                          metric_sums, kept, rows.begin, scratch);
}

namespace {

[[noreturn]] void fail_stopped(std::string_view who) {
  fail(ErrorKind::interrupted, who, "stopped before the last row, expected time to finish");
}

}  // namespace

Evaluation Inference::evaluate(Crew& crew, const InferenceRows& rows, const std::atomic<bool>* stop) {
  std::optional<Evaluation> found = evaluate_until(crew, rows, stop, nullptr);
  if (!found) fail_stopped("evaluate");
  return *std::move(found);
}

std::optional<Evaluation> Inference::evaluate_until(Crew& crew, const InferenceRows& rows,
                                                    const std::atomic<bool>* stop, Ranks* ranks) {
  Ranks alone(nullptr);
  if (ranks == nullptr) ranks = &alone;
  const Dataset& data = rows.data;
  const MetricSet& metrics = objective_->metrics;
  const std::int64_t chunks = Inference::chunks(data.rows()), sums_of_chunk = metrics.state_size();
  // The sums of a wave of chunks are added in the order of the chunks, before the next wave begins. So the size of a wave
  // does not change the bits.
  const std::int64_t wave =
      std::clamp<std::int64_t>(most_wave_sums / std::max<std::int64_t>(sums_of_chunk, 1), 1, chunks);
  std::vector<double> losses(wave), sums(static_cast<std::size_t>(wave * sums_of_chunk)),
      total(static_cast<std::size_t>(sums_of_chunk));
  KeptRows kept;
  if (metrics.keeps_rows())
    kept.reserve(data.rows(), network_->output_width(), data.targets.columns,
                 metrics.weights_of(data.weights) != nullptr);
  Evaluation result;
  for (IndexRange range{0, wave}; range.begin < chunks; range = {range.end, std::min(range.end + wave, chunks)}) {
    std::fill(sums.begin(), sums.end(), 0.0);
    std::vector<IndexRange> parts, sums_of_parts, rows_of_parts;  // of the ranks
    for (int rank = 0; rank < ranks->size(); ++rank) {
      const IndexRange part = even_part(range.size(), ranks->size(), rank);
      parts.push_back(part);
      sums_of_parts.push_back({part.begin * sums_of_chunk, part.end * sums_of_chunk});
      const auto row = [&](std::int64_t chunk) {
        return std::min(data.rows(), (range.begin + chunk) * chunk_rows(data.rows()));
      };
      rows_of_parts.push_back({row(part.begin), row(part.end)});
    }
    const IndexRange own = parts[ranks->rank()];
    const bool complete =
        for_each_chunk(crew, rows, {range.begin + own.begin, range.begin + own.end}, stop,
                       [&](Plan& p, std::int64_t chunk, IndexRange of_chunk, bool, float* scratch) {
                         const std::int64_t at = chunk - range.begin;
                         measure(p, data, of_chunk, losses.data() + at, sums.data() + at * sums_of_chunk,
                                 metrics.keeps_rows() ? &kept : nullptr, scratch);
                       });
    if (ranks->any(!complete)) return std::nullopt;
    ranks->gather(std::span(losses), parts);
    ranks->gather(std::span(sums), sums_of_parts);
    if (metrics.keeps_rows()) share_kept_rows(*ranks, rows_of_parts, kept);
    for (std::int64_t at = 0; at < range.size(); ++at) {
      result.loss += losses[at];
      for (std::int64_t i = 0; i < sums_of_chunk; ++i) total[i] += sums[at * sums_of_chunk + i];
    }
  }
  const double divisor = divisor_of(data);
  result.loss = (divisor > 0 ? result.loss / divisor : 0) +
                penalty_of(*network_, *store_, penalty_scale(network_->semantics(), divisor));
  result.metrics = metrics.results(total, kept.first(metrics.keeps_rows() ? data.rows() : 0));
  return result;
}

bool Inference::predict(Crew& crew, const InferenceRows& rows, Matrix& out, const std::atomic<bool>* stop) {
  const std::int64_t count = rows.data.rows();
  std::atomic<bool> all_are_finite{true};
  // A plan without a loss fuses no activation into it, so output() is the network's output.
  const auto take = [&](Plan& p, std::int64_t, IndexRange range, bool finite, float*) {
    if (!finite) all_are_finite = false;
    copy_rows(p.memory().output(), {out.row(range.begin), out.columns()}, range.size(), out.columns());
  };
  if (chunks(count) > 1 || crew.workers() == 1) {
    if (!for_each_chunk(crew, rows, {0, chunks(count)}, stop, take)) fail_stopped("predict");
    return all_are_finite;
  }
  Plan& plan = *plans(count, 1)[0];
  scratch_.reserve(crew.workers(), plan.worker_scratch());
  const bool finite = copy_features(plan, rows, {0, count});
  forward_together(crew, plan);
  hold_out(plan, rows.data, {0, count});
  take(plan, 0, {0, count}, finite, nullptr);
  return all_are_finite;
}

}  // namespace millrace
