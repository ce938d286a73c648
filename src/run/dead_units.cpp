// SPDX-License-Identifier: Apache-2.0
#include "run/dead_units.hpp"

#include <algorithm>

#include "ops/activations/activation.hpp"
#include "table/batches.hpp"

namespace millrace {

namespace {

constexpr std::int64_t chunk_rows = 32, most_rows = 256, share_of_rows = 32;

// Channels of an image come last, so that the places of a channel are one unit.
std::int64_t units_of(const NetworkNode& node) { return node.output.empty() ? 1 : node.output.back(); }

}  // namespace

bool DeadUnits::can_be_in(const NetworkNode& node) {
  const Activation* const activation = node.layer->activation();
  return activation != nullptr && activation->has_dead_side();
}

DeadUnits::DeadUnits(CompiledNetwork& compiled, const Dataset& data, int workers) : compiled_(compiled) {
  if (std::ranges::none_of(compiled.network.nodes(), can_be_in)) return;
  rows_ = std::min(data.rows(), std::clamp(data.rows() / share_of_rows, chunk_rows, most_rows));
  for (std::int64_t begin = 0; begin < rows_; begin += chunk_rows)
    add_chunk(data, begin, std::min(begin + chunk_rows, rows_));
  std::int64_t scratch = 0;
  for (const Chunk& chunk : chunks_) scratch = std::max(scratch, chunk.plan->worker_scratch());
  scratch_.reserve(workers, scratch);
}

void DeadUnits::add_chunk(const Dataset& data, std::int64_t begin, std::int64_t end) {
  Chunk chunk;
  chunk.plan = std::make_unique<Plan>(compiled_.network, compiled_.store, nullptr, PlanOptions{.batch = end - begin});
  std::vector<std::int64_t> rows;
  for (std::int64_t i = begin; i < end; ++i) rows.push_back(data.table_row(i * data.rows() / rows_));
  const StridedRows<float> features = chunk.plan->memory().features();
  gather_rows(data.features, rows, features.data, features.stride);
  for (const NetworkNode& node : compiled_.network.nodes())
    chunk.lives.emplace_back(can_be_in(node) ? static_cast<std::size_t>(units_of(node)) : 0);
  chunks_.push_back(std::move(chunk));
}

void DeadUnits::count(Crew& crew) {
  crew.phase(std::ssize(chunks_), [&](std::int64_t index, int worker) { pass(chunks_[index], scratch_.of(worker)); });
  for (std::size_t i = 1; i < chunks_.size(); ++i) {
    for (std::size_t node = 0; node < chunks_[0].lives.size(); ++node)
      std::ranges::transform(chunks_[0].lives[node], chunks_[i].lives[node], chunks_[0].lives[node].begin(),
                             [](char one, char other) { return static_cast<char>(one | other); });
  }
}

void DeadUnits::pass(Chunk& chunk, float* scratch) const {
  Plan& plan = *chunk.plan;
  for (int node = 0; node < plan.kernel_count(); ++node) {
    plan.kernel(node).forward(0, scratch);
    std::vector<char>& lives = chunk.lives[node];
    if (lives.empty()) continue;
    std::ranges::fill(lives, 0);
    const ValueBuffers& output = plan.memory().values()[compiled_.network.input_count() + node];
    const auto units = std::ssize(lives);
    for (std::int64_t r = 0; r < plan.batch(); ++r) {
      const float* row = output.data + r * output.stride;
      for (std::int64_t place = 0; place < output.width; place += units, row += units) {
        for (std::int64_t unit = 0; unit < units; ++unit) lives[unit] |= static_cast<char>(row[unit] != 0);
      }
    }
  }
}

std::int64_t DeadUnits::units(int node) const { return chunks_.empty() ? 0 : std::ssize(chunks_[0].lives[node]); }

std::int64_t DeadUnits::dead_units(int node) const {
  return chunks_.empty() ? 0 : std::ranges::count(chunks_[0].lives[node], 0);
}

}  // namespace millrace
