// SPDX-License-Identifier: Apache-2.0
//
// y = activation(x * kernel + b) on images: a convolution each for forward, backward and the gradient.
#include <map>

#include "base/fail.hpp"
#include "base/parts.hpp"
#include "millrace/layers.hpp"
#include "ops/layers/activated.hpp"
#include "ops/layers/dense_tiles.hpp"
#include "ops/layers/image_windows.hpp"
#include "ops/layers/kernel_and_bias.hpp"

namespace millrace {

namespace {

// A slice needs this many multiply-adds to be worth the addition of its partial gradient.
constexpr double slice_work = 2e6;
constexpr std::int64_t most_slices = 32;

double work_of_image(const ConvolutionSpec& spec) {
  double work = static_cast<double>(spec.filters * spec.windows.channels / spec.groups);
  for (std::size_t d = 0; d < 2; ++d) work *= static_cast<double>(spec.windows.out[d] * spec.windows.size[d]);
  return work;
}

class Conv2dKernel final : public LayerKernel {
 public:
  Conv2dKernel(std::shared_ptr<const Activation> activation, const ConvolutionSpec& spec, const LayerContext& context)
      : spec_(spec),
        input_(context.inputs[0], context.batch),
        output_(context.output),
        activated_(std::move(activation), context, spec.filters),
        kernel_(context.parameters[0]),
        bias_(spec.bias ? context.parameters[1].data : nullptr),
        shards_(context.shards.begin(), context.shards.end()),
        batch_(context.batch) {
    spec_.activation = activated_.fused();
    plan_shards();
    if (context.training) plan_tile();
  }

  void forward(std::int64_t shard, float* scratch) override {
    const IndexRange rows = shards_[shard];
    input_.load(rows);
    forward_[shard](
        {.source = input_.rows(rows.begin), .weights = kernel_.data, .bias = bias_, .result = activated_.logits(rows)},
        scratch);
    activated_.forward(rows);
  }

  bool rows_stand_alone() const override { return false; }
  void backward(std::int64_t shard, float* scratch) override {
    const IndexRange rows = shards_[shard];
    activated_.backward(rows);
    if (!input_.wants_delta()) return;
    float* const result = input_.delta_is_direct() ? input_.delta(rows) : scratch + kernel_scratch_;
    backward_[shard]({.source = output_.delta + rows.begin * output_.stride, .weights = kernel_.data, .result = result},
                     scratch);
    if (!input_.delta_is_direct()) input_.give(result, rows);
  }

  std::span<const GradientTile> tiles() const override { return tiles_; }

  void gradient(std::int64_t, std::int64_t slice, float* gradient, float* scratch) override {
    const GradientTile& tile = tiles_[0];
    const IndexRange rows = even_part(batch_, tile.slices, slice);
    gradient_[slice]({.source = input_.rows(rows.begin),
                      .weights = output_.delta + rows.begin * output_.stride,
                      .result = gradient,
                      .bias_result = spec_.bias ? gradient + tile.blocks[1].offset : nullptr},
                     scratch);
  }

  double multiply_adds() const override { return work_of_image(spec_) * static_cast<double>(batch_); }
  std::int64_t scratch_floats() const override { return kernel_scratch_ + delta_scratch_; }

  std::string describe() const override {
    const auto pair = [](const std::array<std::int64_t, 2>& a) {
      return std::to_string(a[0]) + "x" + std::to_string(a[1]);
    };
    std::string text = "conv2d " + pair(spec_.windows.in) + "x" + std::to_string(spec_.windows.channels) + " to " +
                       pair(spec_.windows.out) + "x" + std::to_string(spec_.filters) + "  forward " +
                       forward_[0].implementation();
    if (!backward_.empty()) text += "  backward " + backward_[0].implementation();
    if (!tiles_.empty())
      text += "  gradient " + gradient_[0].implementation() + "  " + std::to_string(tiles_[0].slices) + " slices";
    return text;
  }

 private:
  // One kernel for each number of rows that occurs; copies of a kernel share its code.
  template <class Make>
  void add(std::map<std::int64_t, ImageKernel>& made, std::vector<ImageKernel>& calls, std::int64_t rows, Make make) {
    auto at = made.find(rows);
    if (at == made.end()) {
      ConvolutionSpec spec = spec_;
      spec.windows.images = rows;
      at = made.emplace(rows, make(spec)).first;
    }
    calls.push_back(at->second);
    kernel_scratch_ = std::max(kernel_scratch_, round_up(calls.back().scratch_floats(), cache_line_floats));
  }

  void plan_shards() {
    std::map<std::int64_t, ImageKernel> forward, backward;
    for (const IndexRange rows : shards_) {
      add(forward, forward_, rows.size(), &ImageKernel::convolution);
      if (!input_.wants_delta()) continue;
      add(backward, backward_, rows.size(), &ImageKernel::convolution_input_gradient);
      if (!input_.delta_is_direct()) delta_scratch_ = std::max(delta_scratch_, rows.size() * input_.width());
    }
  }

  // The kernel is small, so it is one tile; the batch is cut into slices.
  void plan_tile() {
    GradientTile tile;
    const double work = work_of_image(spec_) * static_cast<double>(batch_);
    tile.slices =
        std::clamp<std::int64_t>(static_cast<std::int64_t>(work / slice_work), 1, std::min(batch_, most_slices));
    tile.blocks.push_back({.parameter = 0,
                           .rows = {0, kernel_.rows},
                           .columns = {0, kernel_.columns},
                           .offset = 0,
                           .stride = kernel_.columns});
    tile.floats = round_up(kernel_.rows * kernel_.columns, cache_line_floats);
    if (spec_.bias) {
      tile.blocks.push_back({.parameter = 1,
                             .rows = {0, 1},
                             .columns = {0, kernel_.columns},
                             .offset = tile.floats,
                             .stride = kernel_.columns});
      tile.floats += round_up(kernel_.columns, cache_line_floats);
    }
    std::map<std::int64_t, ImageKernel> made;
    for (std::int64_t slice = 0; slice < tile.slices; ++slice)
      add(made, gradient_, even_part(batch_, tile.slices, slice).size(), &ImageKernel::convolution_weight_gradient);
    tiles_.push_back(std::move(tile));
  }

  ConvolutionSpec spec_;
  AdjacentRows input_;
  ValueBuffers output_;
  ActivatedOutput activated_;
  ParameterStorage kernel_;
  const float* bias_;
  std::vector<IndexRange> shards_;
  std::int64_t batch_;
  std::vector<ImageKernel> forward_, backward_, gradient_;  // by shard, by shard, by slice
  std::vector<GradientTile> tiles_;
  std::int64_t kernel_scratch_ = 0, delta_scratch_ = 0;  // of a shard: that of the kernel, then a delta to be added
};

class Conv2dLayer final : public Layer {
 public:
  Conv2dLayer(const Conv2d& options, Semantics semantics)
      : options_(options),
        activation_(make_activation(options.activation, semantics)),
        same_(pads_same("conv2d", options.padding)) {
    if (options.filters < 1)
      fail(ErrorKind::usage, "conv2d", "filters is " + std::to_string(options.filters) + ", expected at least 1");
    if (options.filters % options.groups != 0) {
      fail(ErrorKind::usage, "conv2d",
           "filters is " + std::to_string(options.filters) + " and groups " + std::to_string(options.groups) +
               ", expected a multiple of the groups");
    }
    windows_.size = pair_of(options.kernel_size);
    windows_.strides = pair_of(options.strides);
    windows_.dilation = pair_of(options.dilation_rate);
  }

  LayerSignature signature(std::span<const Shape> inputs) const override {
    require_image("conv2d", inputs);
    const std::int64_t channels = inputs[0][2];
    if (channels % options_.groups != 0) {
      fail(ErrorKind::usage, "conv2d",
           "input has shape " + shape_text(inputs[0]) + ", expected channels that are a multiple of the " +
               std::to_string(options_.groups) + " groups");
    }
    const ImageWindows w = place_windows("conv2d", windows_, inputs[0], same_);
    const std::int64_t depth = channels / options_.groups;
    const std::int64_t fan_in = element_count({w.size[0], w.size[1], depth}),
                       fan_out = element_count({w.size[0], w.size[1], options_.filters});
    const Shape kernel{w.size[0], w.size[1], depth, options_.filters};
    return {{w.out[0], w.out[1], options_.filters},
            kernel_and_bias(options_, kernel, fan_in, fan_out, false, {3, 2, 0, 1})};
  }

  double row_work(std::span<const Shape> inputs) const override { return work_of_image(spec(inputs)); }

  std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const override {
    require_automatic_kernels(Conv2d::op, context);
    return std::make_unique<Conv2dKernel>(activation_, spec(context.input_shapes), context);
  }

  void reference(const ReferenceOperands& operands, std::span<const Shape> inputs) const override {
    const ImageWindows w = spec(inputs).windows;
    const std::int64_t filters = options_.filters, depth = w.channels / options_.groups,
                       group = filters / options_.groups;
    std::vector<double> z(filters);
    std::size_t at = 0;
    for (std::int64_t image = 0; image < operands.batch; ++image) {
      const double* const x = operands.inputs[0].data() + image * w.in[0] * w.in[1] * w.channels;
      for (std::int64_t place = 0; place < w.out[0] * w.out[1]; ++place, at += z.size()) {
        for (std::int64_t f = 0; f < filters; ++f) {
          double& sum = z[f];
          sum = options_.use_bias ? operands.parameters[1][f] : 0;
          for_each_place(w, place / w.out[1], place % w.out[1], [&](std::int64_t inside, std::int64_t there) {
            for (std::int64_t i = 0; i < depth; ++i)
              sum += x[there * w.channels + f / group * depth + i] *
                     operands.parameters[0][(inside * depth + i) * filters + f];
          });
        }
        activation_->reference(z, operands.output.subspan(at, z.size()));
      }
    }
  }

  // Transposes to channels first and back surround the convolution; a runtime can move them through the graph.
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape> inputs) const override {
    const std::string logits = activation_->is_linear() ? site.name : site.name + "/logits";
    std::vector<std::string> more{site.parameters[0]};
    if (options_.use_bias) more.push_back(site.parameters[1]);
    std::map<std::string, NodeAttribute> attributes = window_attributes(spec(inputs).windows, true);
    attributes["group"] = options_.groups;
    add_image_node(graph, "Conv", logits, site.inputs[0], std::move(more), std::move(attributes));
    if (!activation_->is_linear()) activation_->to_onnx(graph, logits, site.name);
  }

  const Activation* activation() const override { return activation_.get(); }

 private:
  ConvolutionSpec spec(std::span<const Shape> inputs) const {
    return {.windows = place_windows("conv2d", windows_, inputs[0], same_),
            .filters = options_.filters,
            .groups = options_.groups,
            .bias = options_.use_bias,
            .activation = {}};
  }

  Conv2d options_;
  std::shared_ptr<const Activation> activation_;
  bool same_;
  ImageWindows windows_;  // the part that the options define
};

}  // namespace

LayerRow conv2d_row() {
  LayerRow row = layer_row_of<Conv2d, Conv2dLayer>(
      "2D convolution of images, channels last",
      {"conv2d:5:3:tanh", "conv2d:4:2x3:relu:padding=same", "conv2d:3:3:strides=2:padding=same:use_bias=false",
       "conv2d:4:2:softplus:dilation_rate=2:groups=2", "conv2d:6:1:softmax:kernel_l2=0.01",
       "conv2d:4:2:kernel_max_norm=0.4:bias_initializer=ones:bias_l1=0.02:bias_l2=0.03"});
  row.example_input = {5, 6, 4};
  return row;
}

}  // namespace millrace
