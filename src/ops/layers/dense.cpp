// SPDX-License-Identifier: Apache-2.0
//
// y = activation(x W + b): a matrix product each for forward, backward and the gradient.
#include <algorithm>
#include <sstream>

#include "base/buffer.hpp"
#include "base/fail.hpp"
#include "base/parts.hpp"
#include "kernels/transpose.hpp"
#include "millrace/layers.hpp"
#include "ops/layers/activated.hpp"
#include "ops/layers/dense_tiles.hpp"
#include "ops/layers/equal_products.hpp"
#include "ops/layers/kernel_and_bias.hpp"
#include "ops/layers/rounded_dense.hpp"

namespace millrace {

namespace {

// If W is too large for the core's cache, a backward product of few rows reads W^T at half the speed of W: 60 and
// 110 GFLOP/s at 64x2048x2048, 100 and 113 at 64x512x512 (oneDNN 2.6.3, Zen 4; 93 and 104 on AVX2). A transposed copy
// costs 1 ns for each weight and step.
constexpr std::int64_t smallest_copy = 1 << 21, smallest_batch_for_copy = 128;
constexpr std::int64_t rows_of_pack_job = 64;
// Size of the weights that a worker reads for few rows. Reading them takes as long as giving out the part and waiting
// for it.
constexpr std::int64_t part_floats = 1 << 15, part_columns = panels_of_lone_row * panel_columns;

class DenseKernel final : public LayerKernel {
 public:
  DenseKernel(std::shared_ptr<const Activation> activation, const LayerContext& context)
      : input_(context.inputs[0]),
        output_(context.output),
        activated_(std::move(activation), context, context.output.width),
        kernel_(context.parameters[0]),
        bias_(context.parameters.size() > 1 ? context.parameters[1].data : nullptr),
        shards_(context.shards.begin(), context.shards.end()),
        batch_(context.batch) {
    // Portable kernels pack what they read anyway.
    const bool packs = in_panels() || context.kernels == KernelChoice::portable;
    if (!packs && input_.delta != nullptr && batch_ >= smallest_batch_for_copy &&
        kernel_.rows * kernel_.columns >= smallest_copy)
      transposed_ = Buffer(kernel_.columns * row_stride(kernel_.rows));
    EqualProducts products(context.kernels);
    for (const IndexRange rows : shards_) plan_shard(rows, products);
    if (context.training) plan_tiles(products);
  }

  std::int64_t pack_jobs() const override {
    return transposed_.size() > 0 ? ceil_div(kernel_.rows, rows_of_pack_job) : 0;
  }
  void pack(std::int64_t job) override {
    const IndexRange rows{job * rows_of_pack_job, std::min(kernel_.rows, (job + 1) * rows_of_pack_job)};
    transpose(kernel_.data, kernel_.layout.stride, rows, kernel_.columns, transposed_.data(), row_stride(kernel_.rows));
  }

  void forward(std::int64_t shard, float* scratch) override {
    forward_[shard](scratch);
    activated_.forward(shards_[shard]);
  }

  std::int64_t forward_cuts() const override { return cuts(forward_, kernel_.columns); }
  void forward_part(std::int64_t shard, ShardPart part, float* scratch) override {
    const std::int64_t unit = batch_ == 1 && in_panels() ? part_columns : smallest_part(kernel_.columns);
    forward_[shard].columns(part.of(kernel_.columns, unit), scratch);
  }
  bool ends_forward() const override { return activated_.separate(); }
  void end_forward(std::int64_t shard) override { activated_.forward(shards_[shard]); }
  std::int64_t useful_parts() const override {
    if (!in_panels()) return 1;
    return std::clamp<std::int64_t>(kernel_.rows * kernel_.columns / part_floats, 1,
                                    ceil_div(kernel_.columns, part_columns));
  }
  bool forward_from(const float* rows, std::int64_t stride, float* scratch) override {
    if (!forward_[0].can_read(stride)) return false;
    forward_[0].from(rows, stride, scratch);
    activated_.forward(shards_[0]);
    return true;
  }

  bool rows_stand_alone() const override { return rows_stand_alone_; }

  void backward(std::int64_t shard, float* scratch) override {
    begin_backward(shard);
    if (input_.delta != nullptr) backward_[shard](scratch);
  }
  std::int64_t backward_cuts() const override { return cuts(backward_, kernel_.rows); }
  void begin_backward(std::int64_t shard) override { activated_.backward(shards_[shard]); }
  void backward_part(std::int64_t shard, ShardPart part, float* scratch) override {
    backward_[shard].columns(part.of(kernel_.rows, smallest_part(kernel_.rows)), scratch);
  }

  std::span<const GradientTile> tiles() const override { return tiles_; }

  void gradient(std::int64_t tile, std::int64_t slice, float* gradient, float* scratch) override {
    const GradientTile& piece = tiles_[tile];
    gradient_[tile * piece.slices + slice](scratch, gradient);
    if (piece.blocks.size() > 1) {
      const GradientBlock& bias = piece.blocks[1];
      const IndexRange rows = rows_of_slice(piece, slice);
      add_up_columns(output_.delta + rows.begin * output_.stride + bias.columns.begin, output_.stride, rows.size(),
                     bias.columns.size(), gradient + bias.offset);
    }
  }

  std::int64_t scratch_floats() const override { return scratch_floats_; }
  double multiply_adds() const override {
    return static_cast<double>(batch_) * static_cast<double>(kernel_.rows * kernel_.columns);
  }

  std::string describe() const override {
    std::ostringstream text;
    text << "dense " << kernel_.rows << "x" << kernel_.columns << "  forward " << forward_kernel_;
    if (!backward_kernel_.empty())
      text << "  backward " << backward_kernel_ << (transposed_.size() > 0 ? " of a transposed copy" : "");
    if (!tiles_.empty()) {
      const GradientBlock& first = tiles_[0].blocks[0];
      text << "  gradient " << gradient_kernel_ << "  " << tiles_.size() << " tiles of " << first.rows.size() << "x"
           << first.columns.size() << ", " << tiles_[0].slices << (tiles_[0].by_shard ? " shards" : " slices");
    }
    return text.str();
  }

 private:
  [[nodiscard]] IndexRange rows_of_slice(const GradientTile& tile, std::int64_t slice) const {
    return tile.by_shard ? shards_[slice] : even_part(batch_, tile.slices, slice);
  }

  void plan_shard(IndexRange rows, EqualProducts& products) {
    const Matmul& product = products.of({.m = rows.size(),
                                         .k = kernel_.rows,
                                         .n = kernel_.columns,
                                         .a = {Layout::rows, input_.stride},
                                         .b = kernel_.layout,
                                         .c_stride = output_.stride,
                                         .bias = bias_ != nullptr,
                                         .activation = activated_.fused()});
    forward_.push_back(
        product.bind(input_.data + rows.begin * input_.stride, kernel_.data, bias_, activated_.logits(rows)));
    forward_kernel_ = product.implementation();
    rows_stand_alone_ = product.rows_stand_alone();
    use_scratch(product);
    if (input_.delta == nullptr) return;
    const bool copied = transposed_.size() > 0;
    // dx = delta W^T
    const Matmul& back = products.of({.m = rows.size(),
                                      .k = kernel_.columns,
                                      .n = kernel_.rows,
                                      .a = {Layout::rows, output_.stride},
                                      .b = copied        ? MatrixLayout{Layout::rows, row_stride(kernel_.rows)}
                                           : in_panels() ? MatrixLayout{Layout::transposed_panels, 0}
                                                         : MatrixLayout{Layout::transposed, kernel_.layout.stride},
                                      .c_stride = input_.stride,
                                      .accumulate = input_.delta_accumulates});
    backward_.push_back(back.bind(output_.delta + rows.begin * output_.stride,
                                  copied ? transposed_.data() : kernel_.data, nullptr,
                                  input_.delta + rows.begin * input_.stride));
    backward_kernel_ = back.implementation();
    use_scratch(back);
  }

  // dW[tile] = x^T delta over the rows of a slice.
  void plan_tiles(EqualProducts& products) {
    tiles_ = dense_tiles(kernel_.rows, kernel_.columns, batch_, std::ssize(shards_), bias_ != nullptr,
                         kernel_.layout.layout);
    for (const GradientTile& tile : tiles_) {
      const GradientBlock& block = tile.blocks[0];
      for (std::int64_t slice = 0; slice < tile.slices; ++slice) {
        const IndexRange rows = rows_of_slice(tile, slice);
        const Matmul& product = products.of({.m = block.rows.size(),
                                             .k = rows.size(),
                                             .n = block.columns.size(),
                                             .a = {Layout::transposed, input_.stride},
                                             .b = {Layout::rows, output_.stride},
                                             .c_stride = block.stride,
                                             .c_in_panels = in_panels()});
        gradient_.push_back(
            product.bind(input_.data + rows.begin * input_.stride + block.rows.begin,
                         output_.delta + rows.begin * output_.stride + block.columns.begin, nullptr, nullptr,
                         tile.slices == 1 ? touched_by_update(kernel_, block) : std::vector<PanelRows>{}));
        gradient_kernel_ = product.implementation();
        use_scratch(product);
      }
    }
  }

  // Whole panels, or a vector of small products.
  [[nodiscard]] std::int64_t smallest_part(std::int64_t columns) const {
    return in_panels() ? panel_columns : std::min(columns, cache_line_floats);
  }
  [[nodiscard]] std::int64_t cuts(const std::vector<Matmul::Call>& products, std::int64_t columns) const {
    const bool can = !products.empty() && std::ranges::all_of(products, &Matmul::Call::can_cut);
    return can ? ceil_div(columns, smallest_part(columns)) : 1;
  }
  [[nodiscard]] bool in_panels() const { return kernel_.layout.layout == Layout::panels; }
  void use_scratch(const Matmul& product) { scratch_floats_ = std::max(scratch_floats_, product.scratch_floats()); }

  ValueBuffers input_, output_;
  ActivatedOutput activated_;
  ParameterStorage kernel_;
  const float* bias_;
  std::vector<IndexRange> shards_;
  std::int64_t batch_;
  bool rows_stand_alone_ = false;
  Buffer transposed_;                                        // [units x inputs], a copy for backward if that is faster
  std::vector<Matmul::Call> forward_, backward_, gradient_;  // by shard, by shard, by tile and slice
  std::vector<GradientTile> tiles_;
  std::int64_t scratch_floats_ = 0;
  std::string forward_kernel_, backward_kernel_, gradient_kernel_;
};

class DenseLayer final : public Layer {
 public:
  DenseLayer(const Dense& options, Semantics semantics)
      : options_(options), activation_(make_activation(options.activation, semantics)) {
    if (options.units < 1)
      fail(ErrorKind::usage, "dense", "units is " + std::to_string(options.units) + ", expected at least 1");
  }

  LayerSignature signature(std::span<const Shape> inputs) const override {
    require_inputs("dense", inputs, 1);
    if (inputs[0].size() != 1)
      fail(ErrorKind::usage, "dense",
           "input has shape " + shape_text(inputs[0]) + ", expected one dimension; put a flatten layer before it");
    const std::int64_t width = inputs[0][0];
    return {{options_.units}, kernel_and_bias(options_, {width, options_.units}, width, options_.units, true, {1, 0})};
  }

  std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const override {
    if (context.training && context.parameters[0].rounded.forward != nullptr)
      return prepare_rounded_dense(activation_, context);
    return std::make_unique<DenseKernel>(activation_, context);
  }

  void reference(const ReferenceOperands& operands, std::span<const Shape> inputs) const override {
    const auto width = static_cast<std::size_t>(inputs[0][0]), units = static_cast<std::size_t>(options_.units);
    const std::span<const double> x = operands.inputs[0], kernel = operands.parameters[0];
    std::vector<double> z(units);
    for (std::size_t row = 0; row < static_cast<std::size_t>(operands.batch); ++row) {
      for (std::size_t unit = 0; unit < units; ++unit) {
        z[unit] = options_.use_bias ? operands.parameters[1][unit] : 0;
        for (std::size_t i = 0; i < width; ++i) z[unit] += x[row * width + i] * kernel[i * units + unit];
      }
      activation_->reference(z, operands.output.subspan(row * units, units));
    }
  }

  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape>) const override {
    const std::string product = activation_->is_linear() ? site.name : site.name + "/logits";
    // OpenCV 4.6 loads a Gemm only with the kernel as (units, inputs). ONNX Runtime 1.7 to 1.12 fuses a Gemm with the
    // activation after it even if it has no bias, and then does not load it.
    const std::string bias = options_.use_bias ? site.parameters[1]
                                               : graph.add_constant(product + "/zero_bias", {options_.units},
                                                                    std::vector<float>(options_.units));
    graph.add("Gemm", product, {site.inputs[0], site.parameters[0], bias}, {{"transB", std::int64_t{1}}});
    if (!activation_->is_linear()) activation_->to_onnx(graph, product, site.name);
  }

  const Activation* activation() const override { return activation_.get(); }

 private:
  Dense options_;
  std::shared_ptr<const Activation> activation_;
};

}  // namespace

LayerRow dense_row() {
  return layer_row_of<Dense, DenseLayer>(
      "fully connected: activation(x W + b)",
      {"dense:7:tanh", "dense:272:relu", "dense:5:use_bias=false", "dense:6:kernel_l1=0.01:kernel_l2=0.02",
       "dense:6:kernel_max_norm=0.5", "dense:6:tanh:bias_initializer=ones:bias_l1=0.03:bias_l2=0.04"},
      {"linear"});
}

}  // namespace millrace
