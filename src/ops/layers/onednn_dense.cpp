// SPDX-License-Identifier: Apache-2.0
//
// oneDNN's products of bfloat16 numbers in a dense layer: with AVX512_BF16 here, with the tiles of AMX on processors that
// have them; oneDNN chooses. Rows of activations and deltas are rounded once, into buffers that all three products read.
//
// Forward and backward read the store's copies of the weights as they are (pair_panels) and are always cut into chunks
// of some columns, so that the number of parts cannot change a bit: oneDNN does not say in which order it adds. Its
// kernels for such weights write rows without gaps, which are then moved to their places.
#include <algorithm>

#include "ops/layers/equal_products.hpp"
#include "ops/layers/rounded_products.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

namespace {

constexpr std::int64_t chunk_columns = 4 * pair_panel_columns;

// Rounded rows without gaps; with an odd number of columns, a zero follows each row.
class RoundedRows {
 public:
  RoundedRows(std::int64_t rows, std::int64_t columns) : columns_(columns), memory_(rows * pair_count(columns)) {}

  /// The numbers of a row, with the zero.
  [[nodiscard]] std::int64_t numbers() const { return 2 * pair_count(columns_); }
  /// Columns begin with an even one.
  [[nodiscard]] float* at(std::int64_t row, std::int64_t column = 0) {
    return memory_.data() + row * pair_count(columns_) + column / 2;
  }
  void round(const float* values, std::int64_t stride, IndexRange rows) { round(values, stride, rows, at(rows.begin)); }
  /// Into other memory.
  void round(const float* values, std::int64_t stride, IndexRange rows, float* to) const {
    pair_columns(values + rows.begin * stride, stride, rows.size(), columns_, reinterpret_cast<BfloatPair*>(to),
                 pair_count(columns_), pair_kernel());
  }

 private:
  std::int64_t columns_;
  Buffer memory_;
};

class OnednnProducts final : public RoundedProducts {
 public:
  explicit OnednnProducts(const RoundedLayer& layer)
      : layer_(layer), inputs_(layer.batch, layer.kernel.rows), deltas_(layer.batch, layer.kernel.columns) {
    const ParameterStorage& kernel = layer.kernel;
    forward_ = plan_chunks(inputs_, kernel.rounded.forward, kernel.rows, kernel.columns, layer.bias);
    if (layer.input.delta != nullptr)
      backward_ = plan_chunks(deltas_, kernel.rounded.backward, kernel.columns, kernel.rows, nullptr);
    plan_gradients();
  }

  std::int64_t columns_of_part() const override { return chunk_columns; }

  void forward(std::int64_t shard, ShardPart part, float* scratch) override {
    const ValueBuffers &input = layer_.input, &output = layer_.output;
    const IndexRange rows = layer_.shards[shard];
    const float* rounded = inputs_.at(rows.begin);
    if (part.count == 1) {
      inputs_.round(input.data, input.stride, rows);
    } else {
      // Parts run at the same time: each rounds all rows for itself, and some for the gradients.
      const IndexRange some = part.of(rows.size(), 1);
      inputs_.round(input.data, input.stride, {rows.begin + some.begin, rows.begin + some.end});
      float* const own = scratch + product_scratch_;
      inputs_.round(input.data, input.stride, rows, own);
      rounded = own;
    }
    multiply_chunks(forward_, shard, part.of(layer_.kernel.columns, chunk_columns), rounded, scratch,
                    {layer_.logits + rows.begin * output.stride, output.stride}, false);
  }

  void begin_backward(std::int64_t shard) override {
    deltas_.round(layer_.output.delta, layer_.output.stride, layer_.shards[shard]);
  }
  void backward(std::int64_t shard, ShardPart part, float* scratch) override {
    const ValueBuffers& input = layer_.input;
    const std::int64_t first = layer_.shards[shard].begin;
    multiply_chunks(backward_, shard, part.of(layer_.kernel.rows, chunk_columns), deltas_.at(first), scratch,
                    {input.delta + first * input.stride, input.stride}, input.delta_accumulates);
  }

  void gradient(std::int64_t tile, std::int64_t slice, float* gradient, float* scratch) override {
    gradient_[tile * layer_.tiles[tile].slices + slice](scratch, gradient);
  }

  std::int64_t scratch_floats() const override {
    return product_scratch_ + layer_.most_rows() * pair_count(layer_.kernel.rows);
  }
  std::string describe() const override {
    return "onednn " + implementation_ + (gradient_.empty() ? "" : ", gradient " + gradient_implementation_);
  }

 private:
  // Of `columns` columns, by chunk and shard. The scratch memory of a call is [its result | what oneDNN needs].
  std::vector<Matmul::Call> plan_chunks(RoundedRows& rows, BfloatPair* weights, std::int64_t depth,
                                        std::int64_t columns, const float* bias) {
    std::vector<Matmul::Call> calls;
    EqualProducts products(KernelChoice::onednn);
    for (std::int64_t first = 0; first < columns; first += chunk_columns) {
      const std::int64_t width = std::min(chunk_columns, columns - first);
      for (const IndexRange shard : layer_.shards) {
        const Matmul& product = products.of({.m = shard.size(),
                                             .k = rows.numbers(),
                                             .n = width,
                                             .a = {Layout::rows, rows.numbers()},
                                             .b = {Layout::pair_panels},
                                             .c_stride = width,
                                             .bias = bias != nullptr,
                                             .precision = ProductPrecision::mixed_bfloat16});
        auto* const b = reinterpret_cast<float*>(weights + pair_panel_offset(depth, first));
        calls.push_back(product.bind(rows.at(shard.begin), b, bias != nullptr ? bias + first : nullptr, nullptr));
        use_scratch(result_floats(shard.size(), width) + product.scratch_floats());
        implementation_ = product.implementation();
      }
    }
    return calls;
  }

  void multiply_chunks(const std::vector<Matmul::Call>& calls, std::int64_t shard, IndexRange columns,
                       const float* rounded, float* scratch, StridedRows<float> to, bool accumulate) const {
    const std::int64_t rows = layer_.shards[shard].size();
    for (std::int64_t first = columns.begin; first < columns.end; first += chunk_columns) {
      const std::int64_t width = std::min(chunk_columns, columns.end - first);
      calls[first / chunk_columns * std::ssize(layer_.shards) + shard](scratch + result_floats(rows, width), scratch,
                                                                       rounded);
      pass_delta({scratch, width}, {to.data + first, to.stride}, rows, width, accumulate);
    }
  }

  [[nodiscard]] static std::int64_t result_floats(std::int64_t rows, std::int64_t width) {
    return round_up(rows * width, cache_line_floats);
  }

  void plan_gradients() {
    EqualProducts products(KernelChoice::onednn);
    for (const GradientTile& tile : layer_.tiles) {
      const GradientBlock& block = tile.blocks[0];
      for (std::int64_t slice = 0; slice < tile.slices; ++slice) {
        const IndexRange rows = layer_.rows_of_slice(tile, slice);
        const Matmul& product = products.of({.m = block.rows.size(),
                                             .k = rows.size(),
                                             .n = block.columns.size(),
                                             .a = {Layout::transposed, inputs_.numbers()},
                                             .b = {Layout::rows, deltas_.numbers()},
                                             .c_stride = block.stride,
                                             .precision = ProductPrecision::mixed_bfloat16});
        gradient_.push_back(product.bind(inputs_.at(rows.begin, block.rows.begin),
                                         deltas_.at(rows.begin, block.columns.begin), nullptr, nullptr));
        use_scratch(product.scratch_floats());
        gradient_implementation_ = product.implementation();
      }
    }
  }

  void use_scratch(std::int64_t floats) {
    product_scratch_ = std::max(product_scratch_, round_up(floats, cache_line_floats));
  }

  const RoundedLayer& layer_;
  RoundedRows inputs_, deltas_;  // of the whole batch
  std::vector<Matmul::Call> forward_, backward_,
      gradient_;  // by chunk and shard, by chunk and shard, by tile and slice
  std::int64_t product_scratch_ = 0;
  std::string implementation_, gradient_implementation_;
};

}  // namespace

std::unique_ptr<RoundedProducts> onednn_products(const RoundedLayer& layer) {
  return std::make_unique<OnednnProducts>(layer);
}

}  // namespace millrace
