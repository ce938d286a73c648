// SPDX-License-Identifier: Apache-2.0
//
// The maximum or the mean of each window of an image, by channel.
#include <limits>
#include <map>
#include <optional>

#include "millrace/layers.hpp"
#include "ops/layers/image_windows.hpp"

namespace millrace {

namespace {

class PoolingKernel final : public LayerKernel {
 public:
  PoolingKernel(const PoolingSpec& spec, const LayerContext& context)
      : spec_(spec),
        input_(context.inputs[0], context.batch),
        output_(context.output),
        shards_(context.shards.begin(), context.shards.end()) {
    std::map<std::int64_t, std::pair<ImageKernel, std::optional<ImageKernel>>> made;
    for (const IndexRange rows : shards_) {
      auto at = made.find(rows.size());
      if (at == made.end()) {
        spec_.windows.images = rows.size();
        std::optional<ImageKernel> backward;
        if (input_.wants_delta()) backward = ImageKernel::pooling_gradient(spec_);
        at = made.emplace(rows.size(), std::pair{ImageKernel::pooling(spec_), std::move(backward)}).first;
      }
      forward_.push_back(at->second.first);
      places_.emplace_back(forward_.back().place_floats());
      use_scratch(forward_.back());
      if (!at->second.second) continue;
      backward_.push_back(*at->second.second);
      use_scratch(backward_.back());
      if (!input_.delta_is_direct()) delta_scratch_ = std::max(delta_scratch_, rows.size() * input_.width());
    }
  }

  bool rows_stand_alone() const override { return false; }
  void forward(std::int64_t shard, float* scratch) override {
    const auto index = static_cast<std::size_t>(shard);
    const IndexRange rows = shards_[index];
    input_.load(rows);
    forward_[index]({.source = input_.rows(rows.begin),
                     .result = output_.data + rows.begin * output_.stride,
                     .places = places_[index].data()},
                    scratch);
  }

  void backward(std::int64_t shard, float* scratch) override {
    if (!input_.wants_delta()) return;
    const auto index = static_cast<std::size_t>(shard);
    const IndexRange rows = shards_[index];
    float* const result = input_.delta_is_direct() ? input_.delta(rows) : scratch + kernel_scratch_;
    backward_[index](
        {.source = output_.delta + rows.begin * output_.stride, .result = result, .places = places_[index].data()},
        scratch);
    if (!input_.delta_is_direct()) input_.give(result, rows);
  }

  std::int64_t scratch_floats() const override { return kernel_scratch_ + delta_scratch_; }
  std::string describe() const override {
    return std::string(spec_.largest ? "max" : "average") + " pooling  forward " + forward_[0].implementation() +
           (backward_.empty() ? "" : "  backward " + backward_[0].implementation());
  }

 private:
  void use_scratch(const ImageKernel& kernel) {
    kernel_scratch_ = std::max(kernel_scratch_, round_up(kernel.scratch_floats(), cache_line_floats));
  }

  PoolingSpec spec_;
  AdjacentRows input_;
  ValueBuffers output_;
  std::vector<IndexRange> shards_;
  std::vector<ImageKernel> forward_, backward_;  // by shard
  std::vector<Buffer> places_;                   // by shard: the place of the maximum
  std::int64_t kernel_scratch_ = 0, delta_scratch_ = 0;
};

class PoolingLayer : public Layer {
 public:
  LayerSignature signature(std::span<const Shape> inputs) const override {
    require_image(name(), inputs);
    const ImageWindows w = windows(inputs[0]);
    return {global() ? Shape{w.channels} : Shape{w.out[0], w.out[1], w.channels}, {}};
  }
  std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const override {
    require_automatic_kernels(name(), context);
    return std::make_unique<PoolingKernel>(
        PoolingSpec{.windows = windows(context.input_shapes[0]), .largest = largest(), .remembers = context.training},
        context);
  }
  void reference(const ReferenceOperands& operands, std::span<const Shape> inputs) const override {
    const ImageWindows w = windows(inputs[0]);
    std::size_t at = 0;
    for (std::int64_t image = 0; image < operands.batch; ++image) {
      const double* const x = operands.inputs[0].data() + image * w.in[0] * w.in[1] * w.channels;
      for (std::int64_t place = 0; place < w.out[0] * w.out[1]; ++place) {
        for (std::int64_t c = 0; c < w.channels; ++c) {
          double most = -std::numeric_limits<double>::infinity(), sum = 0;
          std::int64_t count = 0;
          for_each_place(w, place / w.out[1], place % w.out[1], [&](std::int64_t, std::int64_t there) {
            most = std::max(most, x[there * w.channels + c]);
            sum += x[there * w.channels + c];
            ++count;
          });
          operands.output[at++] = largest() ? most : sum / static_cast<double>(count);
        }
      }
    }
  }

 protected:
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual bool largest() const = 0;
  [[nodiscard]] virtual bool global() const = 0;
  [[nodiscard]] virtual ImageWindows windows(const Shape& input) const = 0;
};

template <class Options>
class WindowPoolingLayer final : public PoolingLayer {
 public:
  explicit WindowPoolingLayer(const Options& options) : same_(pads_same(Options::op, options.padding)) {
    windows_.size = pair_of(options.pool_size);
    windows_.strides = pair_of(options.strides.value_or(options.pool_size));
  }
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape> inputs) const override {
    std::map<std::string, NodeAttribute> attributes = window_attributes(windows(inputs[0]), false);
    if (!largest()) attributes["count_include_pad"] = std::int64_t{0};
    add_image_node(graph, largest() ? "MaxPool" : "AveragePool", site.name, site.inputs[0], {}, std::move(attributes));
  }

 protected:
  std::string_view name() const override { return Options::op; }
  bool largest() const override { return std::is_same_v<Options, MaxPooling2d>; }
  bool global() const override { return false; }
  ImageWindows windows(const Shape& input) const override { return place_windows(Options::op, windows_, input, same_); }

 private:
  bool same_;
  ImageWindows windows_;
};

// A single window, the whole image.
template <class Options>
class GlobalPoolingLayer final : public PoolingLayer {
 public:
  explicit GlobalPoolingLayer(const Options&) {}
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape>) const override {
    const std::string pooled = add_image_node(graph, largest() ? "GlobalMaxPool" : "GlobalAveragePool",
                                              site.name + "/pooled", site.inputs[0], {}, {});
    graph.add("Flatten", site.name, {pooled}, {{"axis", std::int64_t{1}}});
  }

 protected:
  std::string_view name() const override { return Options::op; }
  bool largest() const override { return std::is_same_v<Options, GlobalMaxPooling2d>; }
  bool global() const override { return true; }
  ImageWindows windows(const Shape& input) const override {
    ImageWindows w;
    w.size = w.strides = {input[0], input[1]};
    return place_windows(Options::op, w, input, false);
  }
};

template <class Options, class Implementation>
LayerRow pooling_row(std::string_view summary, std::vector<std::string_view> examples, std::string_view alias) {
  LayerRow row = layer_row_of<Options, Implementation>(summary, std::move(examples), {alias});
  row.example_input = {5, 6, 3};
  return row;
}

}  // namespace

LayerRow max_pooling2d_row() {
  return pooling_row<MaxPooling2d, WindowPoolingLayer<MaxPooling2d>>(
      "largest value of each window of an image",
      {"max_pooling2d", "max_pooling2d:3:2:same", "max_pooling2d:2x3:strides=1"}, "maxpool2d");
}
LayerRow average_pooling2d_row() {
  return pooling_row<AveragePooling2d, WindowPoolingLayer<AveragePooling2d>>(
      "mean of each window of an image",
      {"average_pooling2d", "average_pooling2d:3:2:same", "average_pooling2d:2x3:strides=1"}, "avgpool2d");
}
LayerRow global_max_pooling2d_row() {
  return pooling_row<GlobalMaxPooling2d, GlobalPoolingLayer<GlobalMaxPooling2d>>(
      "largest value of each channel of an image", {"global_max_pooling2d"}, "globalmaxpool2d");
}
LayerRow global_average_pooling2d_row() {
  return pooling_row<GlobalAveragePooling2d, GlobalPoolingLayer<GlobalAveragePooling2d>>(
      "mean of each channel of an image", {"global_average_pooling2d"}, "globalavgpool2d");
}

}  // namespace millrace
