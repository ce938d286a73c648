// SPDX-License-Identifier: Apache-2.0
//
// Our own products of bfloat16 numbers in a dense layer. A shard rounds its activations and deltas twice: in pairs along
// the units, which its own products read, into scratch memory, and in pairs along the rows, which the gradients read,
// into buffers.
#include <algorithm>

#include "kernels/pair_product.hpp"
#include "ops/layers/dense_tiles.hpp"
#include "ops/layers/rounded_products.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

namespace {

// Half a panel of pairs, so that narrow layers give work to more workers.
constexpr std::int64_t part_columns = pair_panel_columns / 2;

// A matrix in pairs of its rows, with the columns filled up to whole panels.
class RowPairs {
 public:
  RowPairs() = default;
  RowPairs(std::int64_t rows, std::int64_t columns)
      : stride_(row_stride(round_up(columns, pair_panel_columns))), memory_(pair_count(rows) * stride_) {}

  /// `rows` begin at an even number, and end at one or at the last row.
  void round(const float* values, std::int64_t stride, IndexRange rows, std::int64_t columns, PairKernel kernel) {
    pair_rows(values + rows.begin * stride, stride, rows.size(), columns, at(rows.begin, 0), stride_, kernel);
  }
  [[nodiscard]] BfloatPair* at(std::int64_t row, std::int64_t column) {
    return reinterpret_cast<BfloatPair*>(memory_.data()) + row / 2 * stride_ + column;
  }
  [[nodiscard]] std::int64_t stride() const { return stride_; }

 private:
  std::int64_t stride_ = 0;
  Buffer memory_;
};

class PairProducts final : public RoundedProducts {
 public:
  explicit PairProducts(const RoundedLayer& layer) : layer_(layer), kernel_(pair_kernel()) {
    if (layer.tiles.empty()) return;
    for (const GradientTile& tile : layer.tiles)
      updated_.push_back(tile.slices == 1 ? touched_by_update(layer.kernel, tile.blocks[0]) : std::vector<PanelRows>{});
    inputs_ = RowPairs(layer.batch, layer.kernel.rows);
    deltas_ = RowPairs(layer.batch, layer.kernel.columns);
  }

  std::int64_t columns_of_part() const override { return part_columns; }

  // Each part needs all inputs of the shard in pairs of columns, and makes some of the pairs of rows.
  void forward(std::int64_t shard, ShardPart part, float* scratch) override {
    const ParameterStorage& kernel = layer_.kernel;
    const IndexRange rows = layer_.shards[shard], units = part.of(kernel.columns, part_columns);
    if (!layer_.tiles.empty()) {
      const IndexRange some = part.of(rows.size(), 2);
      inputs_.round(layer_.input.data, layer_.input.stride, {rows.begin + some.begin, rows.begin + some.end},
                    kernel.rows, kernel_);
    }
    if (units.size() == 0) return;
    const ValueBuffers& input = layer_.input;
    multiply({input.data + rows.begin * input.stride, input.stride}, kernel.rows, kernel.rounded.forward, units,
             scratch,
             {.rows = rows.size(),
              .c = layer_.logits + rows.begin * layer_.output.stride + units.begin,
              .c_stride = layer_.output.stride,
              .bias = layer_.bias != nullptr ? layer_.bias + units.begin : nullptr});
  }

  void begin_backward(std::int64_t shard) override {
    const ValueBuffers& output = layer_.output;
    if (!layer_.tiles.empty())
      deltas_.round(output.delta, output.stride, layer_.shards[shard], layer_.kernel.columns, kernel_);
  }

  void backward(std::int64_t shard, ShardPart part, float* scratch) override {
    const ParameterStorage& kernel = layer_.kernel;
    const IndexRange rows = layer_.shards[shard], inputs = part.of(kernel.rows, part_columns);
    if (inputs.size() == 0) return;
    const ValueBuffers& output = layer_.output;
    multiply({output.delta + rows.begin * output.stride, output.stride}, kernel.columns, kernel.rounded.backward,
             inputs, scratch,
             {.rows = rows.size(),
              .c = layer_.input.delta + rows.begin * layer_.input.stride + inputs.begin,
              .c_stride = layer_.input.stride,
              .accumulate = layer_.input.delta_accumulates});
  }

  void gradient(std::int64_t tile, std::int64_t slice, float* gradient, float* /*scratch*/) override {
    const GradientBlock& block = layer_.tiles[tile].blocks[0];
    const IndexRange rows = layer_.rows_of_slice(layer_.tiles[tile], slice);
    multiply_pairs({.rows = block.rows.size(),
                    .steps = pair_count(rows.size()),
                    .columns = block.columns.size(),
                    .a = inputs_.at(rows.begin, block.rows.begin),
                    .a_row = 1,
                    .a_step = inputs_.stride(),
                    .b = deltas_.at(rows.begin, block.columns.begin),
                    .b_step = deltas_.stride(),
                    .c = gradient,
                    .c_stride = block.stride,
                    .c_in_panels = block.stride == 0,
                    .updated_next = updated_[tile]},
                   kernel_);
  }

  std::int64_t scratch_floats() const override {
    return layer_.most_rows() * std::max(pair_stride(layer_.kernel.rows), pair_stride(layer_.kernel.columns));
  }
  std::string describe() const override { return name_of(kernel_); }

 private:
  // Rounds product.rows rows of `depth` numbers, in pairs of their columns, into scratch memory, and multiplies them by some
  // columns of a copy of the weights. `product` says where the result goes.
  void multiply(StridedRows<const float> from, std::int64_t depth, const BfloatPair* weights, IndexRange columns,
                float* scratch, PairProduct product) const {
    auto* const pairs = reinterpret_cast<BfloatPair*>(scratch);
    pair_columns(from.data, from.stride, product.rows, depth, pairs, pair_stride(depth), kernel_);
    product.steps = pair_count(depth);
    product.columns = columns.size();
    product.a = pairs;
    product.a_row = pair_stride(depth);
    product.b = weights;
    product.b_panel = pair_panel_offset(depth, pair_panel_columns);
    product.b_column = columns.begin;
    multiply_pairs(product, kernel_);
  }
  [[nodiscard]] static std::int64_t pair_stride(std::int64_t columns) { return row_stride(pair_count(columns)); }

  const RoundedLayer& layer_;
  PairKernel kernel_;
  RowPairs inputs_, deltas_;                     // of the whole batch
  std::vector<std::vector<PanelRows>> updated_;  // by tile
};

}  // namespace

std::unique_ptr<RoundedProducts> pair_products(const RoundedLayer& layer) {
  return std::make_unique<PairProducts>(layer);
}

}  // namespace millrace
