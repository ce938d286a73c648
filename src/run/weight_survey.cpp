// SPDX-License-Identifier: Apache-2.0
#include "run/weight_survey.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/vectorize.hpp"
#include "step/weight_ranges.hpp"

namespace millrace {

namespace {

constexpr std::int64_t most_counted = 1 << 15;
constexpr std::size_t bins = 32;

constexpr int lanes = 16;
struct LaneSums {
  std::array<double, lanes> squares{}, update_squares{};
  std::array<float, lanes> low, high;
};

// Each lane has sums of its own, because a single sum would have to wait for each addition.
MILLRACE_INLINE void measure_run(const float* __restrict now, const float* __restrict before, std::int64_t count,
                                 LaneSums* sums) {
  LaneSums own = *sums;
  const auto take = [&](int lane, std::int64_t i) {
    const double weight = now[i], update = now[i] - before[i];
    own.squares[lane] += weight * weight;
    own.update_squares[lane] += update * update;
    own.low[lane] = now[i] < own.low[lane] ? now[i] : own.low[lane];
    own.high[lane] = now[i] > own.high[lane] ? now[i] : own.high[lane];
  };
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (int lane = 0; lane < lanes; ++lane) take(lane, i + lane);
  }
  for (; i < count; ++i) take(0, i);
  *sums = own;
}

}  // namespace

WeightSurvey::WeightSurvey(const ParameterStore& store, const std::vector<std::vector<int>>& layers)
    : store_(store), layers_(layers.size()), before_(store.buffer(ParameterStore::weights).size()) {
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    for (const int parameter : layers[layer]) add_blocks(layer, parameter);
    layers_[layer].counts.reserve(bins);
  }
}

void WeightSurvey::add_blocks(std::size_t layer, int parameter) {
  const ParameterStorage& at = store_.storage(parameter);
  layers_[layer].weights += at.rows * at.columns;
  const std::int64_t columns = at.layout.layout == Layout::panels ? panel_columns : at.columns;
  const std::int64_t rows = std::max<std::int64_t>(1, job_floats / std::max<std::int64_t>(1, columns));
  for (std::int64_t column = 0; column < at.columns; column += columns) {
    for (std::int64_t row = 0; row < at.rows; row += rows) {
      const GradientBlock block{.parameter = parameter,
                                .rows = {row, std::min(row + rows, at.rows)},
                                .columns = {column, std::min(column + columns, at.columns)}};
      store_.for_each_piece(parameter, block,
                            [&](const StoredPiece& piece) { add_block(layer, piece, block.columns.size()); });
    }
  }
}

void WeightSurvey::add_block(std::size_t layer, const StoredPiece& piece, std::int64_t columns) {
  Block block{.layer = layer, .offset = piece.offset, .rows = piece.rows, .columns = columns, .stride = piece.stride};
  if (block.columns == block.stride) {  // one long row
    block.columns *= std::exchange(block.rows, 1);
    block.stride = block.columns;
  }
  block.counts.resize(bins);
  blocks_.push_back(std::move(block));
}

void WeightSurvey::keep(Crew& crew) {
  const float* const weights = store_.buffer(ParameterStore::weights).data();
  const std::int64_t size = std::ssize(before_);
  crew.phase(ceil_div(size, job_floats), [&](std::int64_t job, int) {
    const std::int64_t begin = job * job_floats;
    std::copy_n(weights + begin, std::min(job_floats, size - begin), before_.data() + begin);
  });
}

void WeightSurvey::measure(Crew& crew) {
  crew.phase(std::ssize(blocks_), [&](std::int64_t index, int) { measure(blocks_[index]); });
  sum_up();
  crew.phase(std::ssize(blocks_), [&](std::int64_t index, int) { count(blocks_[index]); });
  for (const Block& block : blocks_) {
    std::vector<std::int64_t>& counts = layers_[block.layer].counts;
    for (std::size_t bin = 0; bin < counts.size(); ++bin) counts[bin] += block.counts[bin];
  }
}

void WeightSurvey::measure(Block& block) const {
  const float* const weights = store_.buffer(ParameterStore::weights).data();
  LaneSums sums;
  sums.low.fill(std::numeric_limits<float>::infinity());
  sums.high.fill(-std::numeric_limits<float>::infinity());
  for (std::int64_t row = 0; row < block.rows; ++row) {
    const std::int64_t at = block.offset + row * block.stride;
    vectorized<measure_run>(weights + at, before_.data() + at, block.columns, &sums);
  }
  block.squares = block.update_squares = 0;
  for (int lane = 0; lane < lanes; ++lane) {
    block.squares += sums.squares[lane];
    block.update_squares += sums.update_squares[lane];
  }
  block.low = *std::ranges::min_element(sums.low);
  block.high = *std::ranges::max_element(sums.high);
}

// In the order of the blocks, so that the sums do not depend on the workers.
void WeightSurvey::sum_up() {
  for (Layer& layer : layers_) {
    layer.norm = layer.update_norm = 0;
    layer.low = std::numeric_limits<double>::infinity();
    layer.high = -layer.low;
  }
  for (const Block& block : blocks_) {
    Layer& layer = layers_[block.layer];
    layer.norm += block.squares;
    layer.update_norm += block.update_squares;
    layer.low = std::min<double>(layer.low, block.low);
    layer.high = std::max<double>(layer.high, block.high);
  }
  for (Layer& layer : layers_) {
    layer.norm = std::sqrt(layer.norm);
    layer.update_norm = std::sqrt(layer.update_norm);
    // A NaN has no place in the order of numbers, but makes every sum one.
    layer.counts.assign(std::isfinite(layer.norm) ? bins : 0, 0);
  }
}

void WeightSurvey::count(Block& block) const {
  const Layer& layer = layers_[block.layer];
  if (layer.counts.empty()) return;
  const float* const weights = store_.buffer(ParameterStore::weights).data() + block.offset;
  const double scale = layer.high > layer.low ? static_cast<double>(bins) / (layer.high - layer.low) : 0;
  const std::int64_t distance = ceil_div(layer.weights, most_counted);
  std::ranges::fill(block.counts, 0);
  std::int64_t column = 0;
  for (std::int64_t row = 0; row < block.rows; ++row) {
    for (; column < block.columns; column += distance) {
      const auto bin = static_cast<std::size_t>((weights[row * block.stride + column] - layer.low) * scale);
      ++block.counts[std::min(bin, bins - 1)];
    }
    column -= block.columns;
  }
}

}  // namespace millrace
