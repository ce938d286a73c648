// SPDX-License-Identifier: Apache-2.0
//
// Weights are rounded once a step. A shard rounds its activations and deltas twice: in pairs along the units, which its
// own products read, into scratch memory, and in pairs along the rows, which the gradients read, into buffers.
#include "ops/layers/rounded_dense.hpp"

#include <algorithm>
#include <sstream>

#include "kernels/pair_product.hpp"
#include "ops/layers/activated.hpp"
#include "ops/layers/dense_tiles.hpp"

namespace millrace {

namespace {

// Weights of a job follow one another in panels, so that the processor foresees what is read.
constexpr std::int64_t units_of_pack_job = pair_panel_columns;

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

class RoundedDense final : public LayerKernel {
 public:
  RoundedDense(std::shared_ptr<const Activation> activation, const LayerContext& context)
      : input_(context.inputs[0]),
        output_(context.output),
        activated_(std::move(activation), context, context.output.width),
        kernel_(context.parameters[0]),
        bias_(context.parameters.size() > 1 ? context.parameters[1].data : nullptr),
        shards_(context.shards.begin(), context.shards.end()),
        batch_(context.batch),
        product_(pair_kernel()) {
    if (!context.trainable) return;
    tiles_ = dense_tiles(kernel_.rows, kernel_.columns, batch_, std::ssize(shards_), bias_ != nullptr,
                         kernel_.layout.layout);
    for (const GradientTile& tile : tiles_)
      updated_.push_back(tile.slices == 1 ? touched_by_update(kernel_, tile.blocks[0]) : std::vector<PanelRows>{});
    inputs_ = RowPairs(batch_, kernel_.rows);
    deltas_ = RowPairs(batch_, kernel_.columns);
  }

  std::int64_t pack_jobs() const override { return ceil_div(kernel_.columns, units_of_pack_job); }
  void pack(std::int64_t job) override {
    const std::int64_t first = job * units_of_pack_job;
    round_weights(kernel_.data, kernel_.layout, kernel_.rows, kernel_.columns, {0, kernel_.rows},
                  {first, std::min(kernel_.columns, first + units_of_pack_job)}, kernel_.rounded, product_);
  }

  bool packs_rounded() const override { return true; }

  void forward(std::int64_t shard, float* scratch) override {
    forward_part(shard, {}, scratch);
    end_forward(shard);
  }
  std::int64_t forward_cuts() const override { return ceil_div(kernel_.columns, pair_panel_columns); }
  // Each part needs all inputs of the shard in pairs of columns, and makes some of the pairs of rows.
  void forward_part(std::int64_t shard, ShardPart part, float* scratch) override {
    const IndexRange rows = shards_[shard], units = part.of(kernel_.columns, pair_panel_columns);
    if (!tiles_.empty()) {
      const IndexRange some = part.of(rows.size(), 2);
      inputs_.round(input_.data, input_.stride, {rows.begin + some.begin, rows.begin + some.end}, kernel_.rows,
                    product_);
    }
    if (units.size() == 0) return;
    float* const logits = activated_.logits(rows) + units.begin;
    multiply_pairs({.rows = rows.size(),
                    .steps = pair_count(kernel_.rows),
                    .columns = units.size(),
                    .a = rounded_rows(input_.data, input_.stride, rows, kernel_.rows, scratch),
                    .a_row = pair_stride(kernel_.rows),
                    .b = kernel_.rounded.forward + pair_panel_offset(kernel_.rows, units.begin),
                    .b_panel = pair_panel_offset(kernel_.rows, pair_panel_columns),
                    .c = logits,
                    .c_stride = output_.stride,
                    .bias = bias_ != nullptr ? bias_ + units.begin : nullptr},
                   product_);
    const Eltwise& activation = activated_.fused();
    for (std::int64_t r = 0; activation.kind != Eltwise::Kind::none && r < rows.size(); ++r)
      activation.in_place(logits + r * output_.stride, units.size(), activation.alpha);
  }
  bool ends_forward() const override { return activated_.separate(); }
  void end_forward(std::int64_t shard) override { activated_.forward(shards_[shard]); }

  void backward(std::int64_t shard, float* scratch) override {
    begin_backward(shard);
    if (input_.delta != nullptr) backward_part(shard, {}, scratch);
  }
  std::int64_t backward_cuts() const override {
    return input_.delta == nullptr ? 1 : ceil_div(kernel_.rows, pair_panel_columns);
  }
  void begin_backward(std::int64_t shard) override {
    const IndexRange rows = shards_[shard];
    activated_.backward(rows);
    if (!tiles_.empty()) deltas_.round(output_.delta, output_.stride, rows, kernel_.columns, product_);
  }
  void backward_part(std::int64_t shard, ShardPart part, float* scratch) override {
    const IndexRange rows = shards_[shard], inputs = part.of(kernel_.rows, pair_panel_columns);
    if (inputs.size() == 0) return;
    multiply_pairs({.rows = rows.size(),
                    .steps = pair_count(kernel_.columns),
                    .columns = inputs.size(),
                    .a = rounded_rows(output_.delta, output_.stride, rows, kernel_.columns, scratch),
                    .a_row = pair_stride(kernel_.columns),
                    .b = kernel_.rounded.backward + pair_panel_offset(kernel_.columns, inputs.begin),
                    .b_panel = pair_panel_offset(kernel_.columns, pair_panel_columns),
                    .c = input_.delta + rows.begin * input_.stride + inputs.begin,
                    .c_stride = input_.stride,
                    .accumulate = input_.delta_accumulates},
                   product_);
  }

  std::span<const GradientTile> tiles() const override { return tiles_; }

  void gradient(std::int64_t tile, std::int64_t slice, float* gradient, float* /*scratch*/) override {
    const GradientTile& piece = tiles_[tile];
    const GradientBlock& block = piece.blocks[0];
    const IndexRange rows = rows_of_slice(piece, slice);
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
                   product_);
    if (piece.blocks.size() == 1) return;
    const GradientBlock& bias = piece.blocks[1];
    add_up_columns(output_.delta + rows.begin * output_.stride + bias.columns.begin, output_.stride, rows.size(),
                   bias.columns.size(), gradient + bias.offset);
  }

  std::int64_t scratch_floats() const override {
    std::int64_t rows = 0;
    for (const IndexRange& shard : shards_) rows = std::max(rows, shard.size());
    return rows * std::max(pair_stride(kernel_.rows), pair_stride(kernel_.columns));
  }
  double multiply_adds() const override {
    return static_cast<double>(batch_) * static_cast<double>(kernel_.rows * kernel_.columns);
  }

  std::string describe() const override {
    std::ostringstream text;
    text << "dense " << kernel_.rows << "x" << kernel_.columns << "  products " << name_of(product_);
    if (tiles_.empty()) return text.str();
    const GradientBlock& first = tiles_[0].blocks[0];
    text << "  " << tiles_.size() << " tiles of " << first.rows.size() << "x" << first.columns.size() << ", "
         << tiles_[0].slices << (tiles_[0].by_shard ? " shards" : " slices");
    return text.str();
  }

 private:
  [[nodiscard]] static std::int64_t pair_stride(std::int64_t columns) { return row_stride(pair_count(columns)); }
  // Rows in pairs of their columns, pair_stride() apart.
  const BfloatPair* rounded_rows(const float* values, std::int64_t stride, IndexRange rows, std::int64_t columns,
                                 float* scratch) const {
    auto* const pairs = reinterpret_cast<BfloatPair*>(scratch);
    pair_columns(values + rows.begin * stride, stride, rows.size(), columns, pairs, pair_stride(columns), product_);
    return pairs;
  }
  // A slice begins with a whole pair.
  [[nodiscard]] IndexRange rows_of_slice(const GradientTile& tile, std::int64_t slice) const {
    if (tile.by_shard) return shards_[slice];
    const IndexRange pairs = slice_rows(pair_count(batch_), tile.slices, slice);
    return {2 * pairs.begin, std::min(batch_, 2 * pairs.end)};
  }

  ValueBuffers input_, output_;
  ActivatedOutput activated_;
  ParameterStorage kernel_;
  const float* bias_;
  std::vector<IndexRange> shards_;
  std::int64_t batch_;
  PairKernel product_;
  RowPairs inputs_, deltas_;  // of the whole batch
  std::vector<GradientTile> tiles_;
  std::vector<std::vector<PanelRows>> updated_;  // by tile
};

}  // namespace

std::unique_ptr<LayerKernel> prepare_rounded_dense(std::shared_ptr<const Activation> activation,
                                                   const LayerContext& context) {
  return std::make_unique<RoundedDense>(std::move(activation), context);
}

}  // namespace millrace
