// SPDX-License-Identifier: Apache-2.0
//
// A rectifier with a trained slope for negative inputs.
#include <algorithm>
#include <functional>

#include "base/fail.hpp"
#include "base/option_text.hpp"
#include "base/vectorize.hpp"
#include "millrace/layers.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

namespace {

MILLRACE_INLINE void rectify(const float* x, const float* slopes, float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] > 0 ? x[i] : slopes[i] * x[i];
}
// dx = dy * slope, or += if another consumer has written it before.
MILLRACE_INLINE void rectify_delta(const float* x, const float* slopes, const float* dy, float* dx, std::int64_t count,
                                   bool accumulate) {
  if (accumulate)
    for (std::int64_t i = 0; i < count; ++i) dx[i] += x[i] > 0 ? dy[i] : slopes[i] * dy[i];
  else
    for (std::int64_t i = 0; i < count; ++i) dx[i] = x[i] > 0 ? dy[i] : slopes[i] * dy[i];
}
// sums += dy min(x, 0), element by element
MILLRACE_INLINE void add_slope_gradients(const float* x, const float* dy, float* __restrict sums, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) sums[i] += std::min(x[i], 0.0F) * dy[i];
}

Shape shape_of_alpha(const PRelu& options, const Shape& input) {
  if (options.shared) return {1};
  Shape alpha = input;
  for (const std::int64_t axis : options.shared_axes) {
    if (axis > std::ssize(input)) {
      fail(ErrorKind::usage, PRelu::op,
           "shared_axes is " + value_text(options.shared_axes) + ", expected axes of " + shape_text(input) +
               ", from 1 to " + std::to_string(input.size()));
    }
    alpha[static_cast<std::size_t>(axis) - 1] = 1;
  }
  return alpha;
}

// The element of alpha that each element of a sample uses.
std::vector<std::int64_t> elements_of_alpha(const PRelu& options, const Shape& input) {
  std::vector<std::int64_t> elements(static_cast<std::size_t>(element_count(input)));
  if (options.shared) return elements;
  const Shape alpha = shape_of_alpha(options, input);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    std::int64_t step = 1;
    for (std::size_t axis = input.size(); axis-- > 0;) {
      if (alpha[axis] != 1) elements[i] += rest % input[axis] * step;
      step *= alpha[axis];
      rest /= input[axis];
    }
  }
  return elements;
}

class PReluKernel final : public LayerKernel {
 public:
  PReluKernel(const PRelu& options, const LayerContext& context)
      : input_(context.inputs[0]),
        output_(context.output),
        alpha_(context.parameters[0].data),
        shards_(context.shards.begin(), context.shards.end()),
        batch_(context.batch),
        index_(elements_of_alpha(options, context.input_shapes[0])),
        shared_(std::adjacent_find(index_.begin(), index_.end(), std::greater_equal<>()) != index_.end()) {
    if (!context.training) return;
    const ParameterStorage& alpha = context.parameters[0];
    tiles_.push_back(
        {.blocks = {{.parameter = 0, .rows = {0, alpha.rows}, .columns = {0, alpha.columns}, .stride = alpha.columns}},
         .floats = alpha.rows * alpha.columns});
  }

  void forward(std::int64_t shard, float* scratch) override {
    const float* const slopes = slopes_of_elements(scratch);
    for_rows(shards_[shard], [&](const float* x, std::int64_t r) {
      vectorized<rectify>(x, slopes, output_.data + r * output_.stride, output_.width);
    });
  }
  // output.delta stays unchanged, because the gradient of alpha is computed from it.
  void backward(std::int64_t shard, float* scratch) override {
    if (input_.delta == nullptr) return;
    const float* const slopes = slopes_of_elements(scratch);
    for_rows(shards_[shard], [&](const float* x, std::int64_t r) {
      vectorized<rectify_delta>(x, slopes, output_.delta + r * output_.stride, input_.delta + r * input_.stride,
                                output_.width, input_.delta_accumulates);
    });
  }

  std::span<const GradientTile> tiles() const override { return tiles_; }
  // First the sum over the batch for each element, then the sum over elements that share a slope.
  void gradient(std::int64_t, std::int64_t, float* gradient, float* scratch) override {
    float* const sums = shared_ ? scratch : gradient;
    std::fill_n(sums, output_.width, 0.0F);
    for_rows({0, batch_}, [&](const float* x, std::int64_t r) {
      vectorized<add_slope_gradients>(x, output_.delta + r * output_.stride, sums, output_.width);
    });
    if (!shared_) return;
    std::fill_n(gradient, tiles_[0].floats, 0.0F);
    for (std::int64_t i = 0; i < output_.width; ++i) gradient[index_[i]] += sums[i];
  }
  std::int64_t scratch_floats() const override { return shared_ ? output_.width : 0; }

 private:
  template <class Use>
  void for_rows(IndexRange rows, const Use& use) const {
    for (std::int64_t r = rows.begin; r < rows.end; ++r) use(input_.data + r * input_.stride, r);
  }
  // One slope for each element, in their order.
  const float* slopes_of_elements(float* scratch) const {
    if (!shared_) return alpha_;
    for (std::int64_t i = 0; i < output_.width; ++i) scratch[i] = alpha_[index_[i]];
    return scratch;
  }

  ValueBuffers input_, output_;
  const float* alpha_;
  std::vector<IndexRange> shards_;
  std::int64_t batch_;
  std::vector<std::int64_t> index_;
  bool shared_;  // whether elements share slopes; if not, each has its own, in their order
  std::vector<GradientTile> tiles_;
};

class PReluLayer final : public Layer {
 public:
  explicit PReluLayer(const PRelu& options) : options_(options) {}

  LayerSignature signature(std::span<const Shape> inputs) const override {
    require_inputs(PRelu::op, inputs, 1);
    return {
        inputs[0],
        {{.name = "alpha", .shape = shape_of_alpha(options_, inputs[0]), .initializer = options_.alpha_initializer}}};
  }
  std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const override {
    return std::make_unique<PReluKernel>(options_, context);
  }
  void reference(const ReferenceOperands& operands, std::span<const Shape> inputs) const override {
    const std::vector<std::int64_t> index = elements_of_alpha(options_, inputs[0]);
    for (std::size_t i = 0; i < operands.output.size(); ++i) {
      const double x = operands.inputs[0][i];
      const double alpha = operands.parameters[0][index[i % index.size()]];
      operands.output[i] = x > 0 ? x : alpha * x;
    }
  }
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape>) const override {
    graph.add("PRelu", site.name, {site.inputs[0], site.parameters[0]});
  }

 private:
  PRelu options_;
};

}  // namespace

LayerRow prelu_row() {
  return layer_row_of<PRelu, PReluLayer>("x where x > 0, else alpha x, with alpha trained",
                                         {"prelu", "prelu:shared=true", "prelu:shared_axes=1"});
}

}  // namespace millrace
