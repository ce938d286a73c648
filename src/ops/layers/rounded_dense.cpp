// SPDX-License-Identifier: Apache-2.0
//
// Weights are rounded once a step, into copies that both kinds of products read; activations and deltas by the products.
#include "ops/layers/rounded_dense.hpp"

#include <algorithm>
#include <sstream>

#include "base/parts.hpp"
#include "ops/layers/activated.hpp"
#include "ops/layers/dense_tiles.hpp"
#include "ops/layers/rounded_products.hpp"

namespace millrace {

std::int64_t RoundedLayer::most_rows() const {
  std::int64_t rows = 0;
  for (const IndexRange& shard : shards) rows = std::max(rows, shard.size());
  return rows;
}

IndexRange RoundedLayer::rows_of_slice(const GradientTile& tile, std::int64_t slice) const {
  if (tile.by_shard) return shards[slice];
  const IndexRange pairs = even_part(pair_count(batch), tile.slices, slice);
  return {2 * pairs.begin, std::min(batch, 2 * pairs.end)};
}

namespace {

// Weights of a job follow one another in panels, so that the processor foresees what is read.
constexpr std::int64_t units_of_pack_job = panel_columns;

class RoundedDense final : public LayerKernel {
 public:
  RoundedDense(std::shared_ptr<const Activation> activation, const LayerContext& context)
      : activated_(std::move(activation), context, context.output.width),
        layer_{.input = context.inputs[0],
               .output = context.output,
               .logits = activated_.logits({0, 0}),
               .kernel = context.parameters[0],
               .bias = context.parameters.size() > 1 ? context.parameters[1].data : nullptr,
               .shards = {context.shards.begin(), context.shards.end()},
               .batch = context.batch,
               .tiles = tiles_of(context)},
        products_(onednn_multiplies_pairs(context.kernels) ? onednn_products(layer_) : pair_products(layer_)) {}

  std::int64_t pack_jobs() const override { return ceil_div(layer_.kernel.columns, units_of_pack_job); }
  void pack(std::int64_t job) override {
    const ParameterStorage& kernel = layer_.kernel;
    const std::int64_t first = job * units_of_pack_job;
    round_weights(kernel.data, kernel.layout, kernel.rows, kernel.columns, {0, kernel.rows},
                  {first, std::min(kernel.columns, first + units_of_pack_job)}, kernel.rounded, pair_kernel());
  }
  bool packs_rounded() const override { return true; }

  void forward(std::int64_t shard, float* scratch) override {
    forward_part(shard, {}, scratch);
    end_forward(shard);
  }
  std::int64_t forward_cuts() const override { return ceil_div(layer_.kernel.columns, products_->columns_of_part()); }
  void forward_part(std::int64_t shard, ShardPart part, float* scratch) override {
    products_->forward(shard, part, scratch);
    const IndexRange rows = layer_.shards[shard], units = part.of(layer_.kernel.columns, products_->columns_of_part());
    const Eltwise& activation = activated_.fused();
    for (std::int64_t r = rows.begin; activation.kind != Eltwise::Kind::none && r < rows.end; ++r)
      activation.in_place(layer_.logits + r * layer_.output.stride + units.begin, units.size(), activation.alpha);
  }
  bool ends_forward() const override { return activated_.separate(); }
  void end_forward(std::int64_t shard) override { activated_.forward(layer_.shards[shard]); }

  void backward(std::int64_t shard, float* scratch) override {
    begin_backward(shard);
    if (layer_.input.delta != nullptr) backward_part(shard, {}, scratch);
  }
  std::int64_t backward_cuts() const override {
    return layer_.input.delta == nullptr ? 1 : ceil_div(layer_.kernel.rows, products_->columns_of_part());
  }
  void begin_backward(std::int64_t shard) override {
    activated_.backward(layer_.shards[shard]);
    products_->begin_backward(shard);
  }
  void backward_part(std::int64_t shard, ShardPart part, float* scratch) override {
    products_->backward(shard, part, scratch);
  }

  std::span<const GradientTile> tiles() const override { return layer_.tiles; }
  void gradient(std::int64_t tile, std::int64_t slice, float* gradient, float* scratch) override {
    products_->gradient(tile, slice, gradient, scratch);
    const GradientTile& piece = layer_.tiles[tile];
    if (piece.blocks.size() == 1) return;
    const GradientBlock& bias = piece.blocks[1];
    const IndexRange rows = layer_.rows_of_slice(piece, slice);
    const ValueBuffers& output = layer_.output;
    add_up_columns(output.delta + rows.begin * output.stride + bias.columns.begin, output.stride, rows.size(),
                   bias.columns.size(), gradient + bias.offset);
  }

  std::int64_t scratch_floats() const override { return products_->scratch_floats(); }
  double multiply_adds() const override {
    return static_cast<double>(layer_.batch) * static_cast<double>(layer_.kernel.rows * layer_.kernel.columns);
  }

  std::string describe() const override {
    std::ostringstream text;
    text << "dense " << layer_.kernel.rows << "x" << layer_.kernel.columns << "  products " << products_->describe();
    if (layer_.tiles.empty()) return text.str();
    const GradientTile& tile = layer_.tiles[0];
    text << "  " << layer_.tiles.size() << " tiles of " << tile.blocks[0].rows.size() << "x"
         << tile.blocks[0].columns.size() << ", " << tile.slices << (tile.by_shard ? " shards" : " slices");
    return text.str();
  }

 private:
  static std::vector<GradientTile> tiles_of(const LayerContext& context) {
    const ParameterStorage& kernel = context.parameters[0];
    if (!context.trainable) return {};
    return dense_tiles(kernel.rows, kernel.columns, context.batch, std::ssize(context.shards),
                       context.parameters.size() > 1, kernel.layout.layout);
  }

  ActivatedOutput activated_;
  RoundedLayer layer_;
  std::unique_ptr<RoundedProducts> products_;
};

}  // namespace

std::unique_ptr<LayerKernel> prepare_rounded_dense(std::shared_ptr<const Activation> activation,
                                                   const LayerContext& context) {
  return std::make_unique<RoundedDense>(std::move(activation), context);
}

}  // namespace millrace
