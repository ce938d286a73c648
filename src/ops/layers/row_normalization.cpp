// SPDX-License-Identifier: Apache-2.0
//
// Layer and RMS normalisation, which normalise each row by itself.
#include <cmath>

#include "base/buffer.hpp"
#include "millrace/layers.hpp"
#include "ops/layers/normalization.hpp"

namespace millrace {

namespace {

// Both in one: RMS normalisation is layer normalisation with the mean set to 0.
struct RowOptions {
  double epsilon;
  bool subtract_mean, scale, center;
};

class RowNormalizationKernel final : public LayerKernel {
 public:
  RowNormalizationKernel(const RowOptions& options, const LayerContext& context)
      : options_(options),
        input_(context.inputs[0]),
        output_(context.output),
        batch_(context.batch),
        shards_(context.shards.begin(), context.shards.end()),
        gamma_(options.scale ? context.parameters[0].data : nullptr),
        beta_(options.center ? context.parameters[options.scale ? 1 : 0].data : nullptr),
        mean_(batch_),
        inverse_(batch_) {
    if (context.training)
      tiles_ =
          normalization_tiles(options.scale ? 0 : -1, options.center ? (options.scale ? 1 : 0) : -1, output_.width);
  }

  void forward(std::int64_t shard, float*) override {
    const IndexRange rows = shards_[shard];
    const std::int64_t width = output_.width;
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      const float* x = input_.data + r * input_.stride;
      double sum = 0, squares = 0;
      for (std::int64_t i = 0; i < width && options_.subtract_mean; ++i) sum += static_cast<double>(x[i]);
      const double mean = sum / static_cast<double>(width);
      for (std::int64_t i = 0; i < width; ++i)
        squares += (static_cast<double>(x[i]) - mean) * (static_cast<double>(x[i]) - mean);
      mean_[r] = static_cast<float>(mean);
      inverse_[r] = static_cast<float>(1 / std::sqrt(squares / static_cast<double>(width) + options_.epsilon));
      float* y = output_.data + r * output_.stride;
      for (std::int64_t i = 0; i < width; ++i) y[i] = normalized(x, i, r) * gamma(i) + beta(i);
    }
  }

  // g = dy gamma;  dx = inverse (g - mean(g) - xhat mean(g xhat)), without mean(g) if no mean was subtracted.
  void backward(std::int64_t shard, float*) override {
    if (input_.delta == nullptr) return;
    const IndexRange rows = shards_[shard];
    const std::int64_t width = output_.width;
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      const float *x = input_.data + r * input_.stride, *dy = output_.delta + r * output_.stride;
      float* dx = input_.delta + r * input_.stride;
      double sum = 0, product = 0;
      for (std::int64_t i = 0; i < width; ++i) {
        const auto g = static_cast<double>(dy[i] * gamma(i));
        sum += g;
        product += g * static_cast<double>(normalized(x, i, r));
      }
      const auto mean = static_cast<float>(options_.subtract_mean ? sum / static_cast<double>(width) : 0),
                 mean_product = static_cast<float>(product / static_cast<double>(width));
      for (std::int64_t i = 0; i < width; ++i) {
        const float value = inverse_[r] * (dy[i] * gamma(i) - mean - normalized(x, i, r) * mean_product);
        dx[i] = input_.delta_accumulates ? dx[i] + value : value;
      }
    }
  }

  std::span<const GradientTile> tiles() const override { return tiles_; }
  void gradient(std::int64_t, std::int64_t, float* gradient, float*) override {
    std::fill_n(gradient, tiles_[0].floats, 0.0F);
    float* gamma_sums = gamma_ != nullptr ? gradient + tiles_[0].blocks[0].offset : nullptr;
    float* beta_sums = beta_ != nullptr ? gradient + tiles_[0].blocks.back().offset : nullptr;
    for (std::int64_t r = 0; r < batch_; ++r) {
      const float *x = input_.data + r * input_.stride, *dy = output_.delta + r * output_.stride;
      for (std::int64_t i = 0; i < output_.width && gamma_sums != nullptr; ++i)
        gamma_sums[i] += dy[i] * normalized(x, i, r);
      for (std::int64_t i = 0; i < output_.width && beta_sums != nullptr; ++i) beta_sums[i] += dy[i];
    }
  }

 private:
  float gamma(std::int64_t i) const { return gamma_ != nullptr ? gamma_[i] : 1.0F; }
  float beta(std::int64_t i) const { return beta_ != nullptr ? beta_[i] : 0.0F; }
  float normalized(const float* x, std::int64_t i, std::int64_t row) const {
    return (x[i] - mean_[row]) * inverse_[row];
  }

  RowOptions options_;
  ValueBuffers input_, output_;
  std::int64_t batch_;
  std::vector<IndexRange> shards_;
  const float *gamma_, *beta_;
  Buffer mean_, inverse_;  // [batch]
  std::vector<GradientTile> tiles_;
};

class RowNormalization : public Layer {
 public:
  RowNormalization(std::string_view name, const RowOptions& options, const char* gamma_name)
      : name_(name), options_(options), gamma_name_(gamma_name) {}

  LayerSignature signature(std::span<const Shape> inputs) const override {
    require_inputs(name_, inputs, 1);
    require_vector(name_, inputs[0]);
    LayerSignature signature{inputs[0], {}};
    if (options_.scale)
      signature.parameters.push_back({.name = gamma_name_, .shape = inputs[0], .initializer = "ones"});
    if (options_.center) signature.parameters.push_back({.name = "beta", .shape = inputs[0], .initializer = "zeros"});
    return signature;
  }
  std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const override {
    return std::make_unique<RowNormalizationKernel>(options_, context);
  }

  void reference(const ReferenceOperands& operands, std::span<const Shape> inputs) const override {
    const auto width = static_cast<std::size_t>(inputs[0][0]);
    for (std::size_t r = 0; r < static_cast<std::size_t>(operands.batch); ++r) {
      const std::span<const double> x = operands.inputs[0].subspan(r * width, width);
      double mean = 0, variance = 0;
      for (const double value : x) mean += options_.subtract_mean ? value / static_cast<double>(width) : 0;
      for (const double value : x) variance += (value - mean) * (value - mean) / static_cast<double>(width);
      for (std::size_t i = 0; i < width; ++i) {
        const double gamma = options_.scale ? operands.parameters[0][i] : 1,
                     beta = options_.center ? operands.parameters[options_.scale ? 1 : 0][i] : 0;
        operands.output[r * width + i] = gamma * (x[i] - mean) / std::sqrt(variance + options_.epsilon) + beta;
      }
    }
  }

  // Written as plain nodes, because LayerNormalization needs opset 17, which older runtimes do not have.
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape>) const override {
    const auto name = [&](const char* part) { return site.name + "/" + part; };
    const NodeAttribute last = std::vector<std::int64_t>{-1};
    std::string x = site.inputs[0];
    if (options_.subtract_mean)
      x = graph.add("Sub", name("centered"), {x, graph.add("ReduceMean", name("mean"), {x}, {{"axes", last}})});
    const std::string square = graph.add("Mul", name("square"), {x, x});
    const std::string variance = graph.add("ReduceMean", name("variance"), {square}, {{"axes", last}});
    const std::string epsilon = graph.add_constant(name("epsilon"), {}, {static_cast<float>(options_.epsilon)});
    const std::string deviation =
        graph.add("Sqrt", name("deviation"), {graph.add("Add", name("above_zero"), {variance, epsilon})});
    const bool ends = !options_.scale && !options_.center;
    std::string y = graph.add("Div", ends ? site.name : name("normalized"), {x, deviation});
    if (options_.scale) y = graph.add("Mul", options_.center ? name("scaled") : site.name, {y, site.parameters[0]});
    if (options_.center) graph.add("Add", site.name, {y, site.parameters.back()});
  }

 private:
  std::string_view name_;
  RowOptions options_;
  const char* gamma_name_;
};

class LayerNormalizationLayer final : public RowNormalization {
 public:
  explicit LayerNormalizationLayer(const LayerNormalization& o)
      : RowNormalization(LayerNormalization::op, {o.epsilon, true, o.scale, o.center}, "gamma") {}
};
class RmsNormalizationLayer final : public RowNormalization {
 public:
  explicit RmsNormalizationLayer(const RmsNormalization& o)
      : RowNormalization(RmsNormalization::op, {o.epsilon, false, true, false}, "scale") {}
};

}  // namespace

LayerRow layer_normalization_row() {
  return layer_row_of<LayerNormalization, LayerNormalizationLayer>(
      "scales each row to mean 0 and variance 1",
      {"layer_normalization", "layer_normalization:center=false", "layer_normalization:scale=false"},
      {"layernorm", "layer_norm"});
}
LayerRow rms_normalization_row() {
  return layer_row_of<RmsNormalization, RmsNormalizationLayer>("scales each row to mean square 1",
                                                               {"rms_normalization"}, {"rmsnorm", "rms_norm"});
}

}  // namespace millrace
