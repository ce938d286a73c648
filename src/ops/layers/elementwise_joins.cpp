// SPDX-License-Identifier: Apache-2.0
//
// Layers that combine inputs of the same shape, element by element: multiply, subtract, maximum, minimum.
#include "base/fail.hpp"
#include "millrace/layers.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

namespace {

// A rule has
//   join(y, x)                          the result y of the inputs before x, combined with x
//   start(g, first)                     the delta g of the output, as an input gets it before share()
//   share(g, own, other, other_earlier) the delta of an input, which is `own`, when another input is known
struct Product {
  static constexpr const char* onnx = "Mul";
  template <class T>
  static T join(T y, T x) {
    return y * x;
  }
  static float start(float g, bool) { return g; }
  static float share(float g, float, float other, bool) { return g * other; }
};

struct Difference {
  static constexpr const char* onnx = "Sub";
  template <class T>
  static T join(T y, T x) {
    return y - x;
  }
  static float start(float g, bool first) { return first ? g : -g; }
  static float share(float g, float, float, bool) { return g; }
};

// Of equal inputs the first one is the largest.
struct Largest {
  static constexpr const char* onnx = "Max";
  template <class T>
  static T join(T y, T x) {
    return x > y ? x : y;
  }
  static float start(float g, bool) { return g; }
  static float share(float g, float own, float other, bool other_earlier) {
    return (other_earlier ? own > other : own >= other) ? g : 0.0F;
  }
};

struct Smallest {
  static constexpr const char* onnx = "Min";
  template <class T>
  static T join(T y, T x) {
    return x < y ? x : y;
  }
  static float start(float g, bool) { return g; }
  static float share(float g, float own, float other, bool other_earlier) {
    return (other_earlier ? own < other : own <= other) ? g : 0.0F;
  }
};

template <class Rule>
class ElementwiseKernel final : public LayerKernel {
 public:
  explicit ElementwiseKernel(const LayerContext& context)
      : context_(context), shards_(context.shards.begin(), context.shards.end()) {}

  void forward(std::int64_t shard, float*) override {
    const IndexRange rows = shards_[shard];
    const std::int64_t width = context_.output.width;
    const StridedRows<float> y = rows_of(context_.output.data, context_.output, rows);
    copy_rows(input_rows(0, rows), y, rows.size(), width);
    for (std::size_t i = 1; i < context_.inputs.size(); ++i) {
      const StridedRows<const float> x = input_rows(i, rows);
      for (std::int64_t r = 0; r < rows.size(); ++r) {
        for (std::int64_t c = 0; c < width; ++c) y.row(r)[c] = Rule::join(y.row(r)[c], x.row(r)[c]);
      }
    }
  }

  // The delta of an input is made in scratch, a row at a time, and then set (=) or added (+=).
  void backward(std::int64_t shard, float* scratch) override {
    const IndexRange rows = shards_[shard];
    for (std::size_t i = 0; i < context_.inputs.size(); ++i) {
      const ValueBuffers& input = context_.inputs[i];
      if (input.delta == nullptr) continue;
      const StridedRows<float> to = rows_of(input.delta, input, rows);
      for (std::int64_t r = 0; r < rows.size(); ++r) {
        delta_of_row(i, rows.begin + r, scratch);
        pass_delta({scratch, input.width}, {to.row(r), input.width}, 1, input.width, input.delta_accumulates);
      }
    }
  }
  std::int64_t scratch_floats() const override { return context_.output.width; }

 private:
  StridedRows<const float> input_rows(std::size_t input, IndexRange rows) const {
    const ValueBuffers& value = context_.inputs[input];
    return rows_of(static_cast<const float*>(value.data), value, rows);
  }

  void delta_of_row(std::size_t input, std::int64_t row, float* delta) const {
    const IndexRange rows{row, row + 1};
    const std::int64_t width = context_.output.width;
    const float* const g = context_.output.delta + row * context_.output.stride;
    const float* const own = input_rows(input, rows).row(0);
    for (std::int64_t c = 0; c < width; ++c) delta[c] = Rule::start(g[c], input == 0);
    for (std::size_t j = 0; j < context_.inputs.size(); ++j) {
      if (j == input) continue;
      const float* const other = input_rows(j, rows).row(0);
      for (std::int64_t c = 0; c < width; ++c) delta[c] = Rule::share(delta[c], own[c], other[c], j < input);
    }
  }

  LayerContext context_;
  std::vector<IndexRange> shards_;
};

template <class Options, class Rule>
class ElementwiseLayer final : public Layer {
 public:
  explicit ElementwiseLayer(const Options&) {}
  LayerSignature signature(std::span<const Shape> inputs) const override {
    const std::string_view who = Options::op;
    if (inputs.empty()) fail(ErrorKind::usage, who, "no inputs, expected at least one");
    for (const Shape& input : inputs) {
      if (input != inputs[0])
        fail(ErrorKind::usage, who,
             "inputs have shapes " + shape_text(inputs[0]) + " and " + shape_text(input) + ", expected the same shape");
    }
    return {inputs[0], {}};
  }
  std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const override {
    return std::make_unique<ElementwiseKernel<Rule>>(context);
  }
  void reference(const ReferenceOperands& operands, std::span<const Shape>) const override {
    for (std::size_t i = 0; i < operands.output.size(); ++i) {
      operands.output[i] = operands.inputs[0][i];
      for (std::size_t k = 1; k < operands.inputs.size(); ++k)
        operands.output[i] = Rule::join(operands.output[i], operands.inputs[k][i]);
    }
  }
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape>) const override {
    std::string joined = site.inputs[0];
    if (site.inputs.size() == 1) graph.add("Identity", site.name, {joined});
    for (std::size_t i = 1; i < site.inputs.size(); ++i)
      joined = graph.add(Rule::onnx, i + 1 == site.inputs.size() ? site.name : site.name + "/" + std::to_string(i),
                         {joined, site.inputs[i]});
  }
};

template <class Options, class Rule>
LayerRow row_of(std::string_view summary) {
  return layer_row_of<Options, ElementwiseLayer<Options, Rule>>(summary, {std::string_view(Options::op)});
}

}  // namespace

LayerRow multiply_row() { return row_of<Multiply, Product>("product of inputs of the same shape"); }
LayerRow subtract_row() { return row_of<Subtract, Difference>("first input minus the others, of the same shape"); }
LayerRow maximum_row() { return row_of<Maximum, Largest>("largest of inputs of the same shape"); }
LayerRow minimum_row() { return row_of<Minimum, Smallest>("smallest of inputs of the same shape"); }

}  // namespace millrace
