// SPDX-License-Identifier: Apache-2.0
//
// Layers that move or add up numbers: concatenate, add, average, flatten, reshape.

#include "base/fail.hpp"
#include "millrace/layers.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

namespace {

enum class Join : std::uint8_t { side_by_side, sum, mean };

// The columns [offset, offset + width) of the output that an input fills. For a sum or a mean every offset is 0.
class JoinKernel final : public LayerKernel {
 public:
  JoinKernel(Join join, const LayerContext& context)
      : context_(context),
        shards_(context.shards.begin(), context.shards.end()),
        sum_(join != Join::side_by_side),
        divisor_(join == Join::mean ? static_cast<float>(context.inputs.size()) : 1) {
    std::int64_t offset = 0;
    for (const ValueBuffers& input : context.inputs) {
      offsets_.push_back(sum_ ? 0 : offset);
      offset += input.width;
    }
  }

  void forward(std::int64_t shard, float*) override {
    const IndexRange rows = shards_[shard];
    for (std::size_t i = 0; i < offsets_.size(); ++i) {
      const ValueBuffers& input = context_.inputs[i];
      pass_delta(rows_of(static_cast<const float*>(input.data), input, rows),
                 output_part(context_.output.data, i, rows), rows.size(), input.width, sum_ && i > 0);
    }
    divide(context_.output.data, rows);
  }
  void backward(std::int64_t shard, float*) override {
    const IndexRange rows = shards_[shard];
    divide(context_.output.delta, rows);
    for (std::size_t i = 0; i < offsets_.size(); ++i) {
      const ValueBuffers& input = context_.inputs[i];
      if (input.delta != nullptr)
        pass_delta(output_part(context_.output.delta, i, rows), rows_of(input.delta, input, rows), rows.size(),
                   input.width, input.delta_accumulates);
    }
  }

 private:
  void divide(float* buffer, IndexRange rows) const {
    if (divisor_ == 1) return;
    const StridedRows<float> to = rows_of(buffer, context_.output, rows);
    for (std::int64_t r = 0; r < rows.size(); ++r)
      for (std::int64_t c = 0; c < context_.output.width; ++c) to.row(r)[c] /= divisor_;
  }
  StridedRows<float> output_part(float* buffer, std::size_t input, IndexRange rows) const {
    return {buffer + rows.begin * context_.output.stride + offsets_[input], context_.output.stride};
  }
  LayerContext context_;
  std::vector<IndexRange> shards_;
  std::vector<std::int64_t> offsets_;
  bool sum_;
  float divisor_;
};

class ConcatenateLayer final : public Layer {
 public:
  explicit ConcatenateLayer(const Concatenate&) {}
  LayerSignature signature(std::span<const Shape> inputs) const override {
    if (inputs.empty()) fail(ErrorKind::usage, "concatenate", "no inputs, expected at least one");
    Shape shape{0};
    for (const Shape& input : inputs) {
      if (input.size() != 1)
        fail(ErrorKind::usage, "concatenate",
             "an input has shape " + shape_text(input) + ", expected one dimension; put a flatten layer before it");
      shape[0] += input[0];
    }
    return {shape, {}};
  }
  std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const override {
    return std::make_unique<JoinKernel>(Join::side_by_side, context);
  }
  void reference(const ReferenceOperands& operands, std::span<const Shape> inputs) const override {
    std::size_t at = 0;
    for (std::size_t r = 0; r < static_cast<std::size_t>(operands.batch); ++r) {
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto width = static_cast<std::size_t>(inputs[i][0]);
        for (std::size_t c = 0; c < width; ++c) operands.output[at++] = operands.inputs[i][r * width + c];
      }
    }
  }
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape>) const override {
    graph.add("Concat", site.name, site.inputs, {{"axis", std::int64_t{-1}}});
  }
};

// The sum of the inputs, or their mean.
class SumLayer : public Layer {
 public:
  SumLayer(std::string_view who, Join join) : who_(who), join_(join) {}
  LayerSignature signature(std::span<const Shape> inputs) const override {
    if (inputs.empty()) fail(ErrorKind::usage, who_, "no inputs, expected at least one");
    for (const Shape& input : inputs) {
      if (input != inputs[0])
        fail(ErrorKind::usage, who_,
             "inputs have shapes " + shape_text(inputs[0]) + " and " + shape_text(input) + ", expected the same shape");
    }
    return {inputs[0], {}};
  }
  std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const override {
    return std::make_unique<JoinKernel>(join_, context);
  }
  void reference(const ReferenceOperands& operands, std::span<const Shape>) const override {
    for (std::size_t i = 0; i < operands.output.size(); ++i) {
      operands.output[i] = 0;
      for (const std::span<const double> input : operands.inputs) operands.output[i] += input[i];
      if (join_ == Join::mean) operands.output[i] /= static_cast<double>(operands.inputs.size());
    }
  }
  // Div after Add: Mean is known to fewer programs that read ONNX.
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape>) const override {
    const std::size_t inputs = site.inputs.size();
    std::string sum = site.inputs[0];
    if (inputs == 1) graph.add("Identity", site.name, {sum});
    for (std::size_t i = 1; i < inputs; ++i) {
      const bool last = i + 1 == inputs && join_ == Join::sum;
      sum = graph.add("Add", last ? site.name : site.name + "/" + std::to_string(i), {sum, site.inputs[i]});
    }
    if (inputs > 1 && join_ == Join::mean)
      graph.add("Div", site.name, {sum, graph.add_constant(site.name + "/inputs", {}, {static_cast<float>(inputs)})});
  }

 private:
  std::string_view who_;
  Join join_;
};

class AddLayer final : public SumLayer {
 public:
  explicit AddLayer(const Add&) : SumLayer("add", Join::sum) {}
};

class AverageLayer final : public SumLayer {
 public:
  explicit AverageLayer(const Average& options) : SumLayer("average", Join::mean), ensemble_(options.ensemble) {}
  bool ends_ensemble() const override { return ensemble_; }

 private:
  bool ensemble_;
};

// The numbers of a sample have the same order in both shapes.
class ShapeLayer : public Layer {
 public:
  std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const override {
    return std::make_unique<JoinKernel>(Join::side_by_side, context);
  }
  void reference(const ReferenceOperands& operands, std::span<const Shape>) const override {
    for (std::size_t i = 0; i < operands.output.size(); ++i) operands.output[i] = operands.inputs[0][i];
  }
};

class FlattenLayer final : public ShapeLayer {
 public:
  explicit FlattenLayer(const Flatten&) {}
  LayerSignature signature(std::span<const Shape> inputs) const override {
    require_inputs("flatten", inputs, 1);
    return {{element_count(inputs[0])}, {}};
  }
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape>) const override {
    graph.add("Flatten", site.name, {site.inputs[0]}, {{"axis", std::int64_t{1}}});
  }
};

class ReshapeLayer final : public ShapeLayer {
 public:
  explicit ReshapeLayer(const Reshape& options) : shape_(options.shape) {
    if (shape_.empty()) fail(ErrorKind::usage, "reshape", "no shape, expected extents joined by x: 28x28x1");
  }
  LayerSignature signature(std::span<const Shape> inputs) const override {
    require_inputs("reshape", inputs, 1);
    if (element_count(inputs[0]) != element_count(shape_)) {
      fail(ErrorKind::usage, "reshape",
           "input has shape " + shape_text(inputs[0]) + ", " + std::to_string(element_count(inputs[0])) +
               " elements, expected the " + std::to_string(element_count(shape_)) + " of " + shape_text(shape_));
    }
    return {shape_, {}};
  }
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape>) const override {
    std::vector<std::int64_t> extents{-1};  // the batch
    extents.insert(extents.end(), shape_.begin(), shape_.end());
    graph.add("Reshape", site.name,
              {site.inputs[0], graph.add_integers(site.name + "/shape", {std::ssize(extents)}, extents)});
  }

 private:
  Shape shape_;
};

}  // namespace

LayerRow concatenate_row() {
  return layer_row_of<Concatenate, ConcatenateLayer>("joins inputs side by side", {"concatenate"});
}
LayerRow add_row() { return layer_row_of<Add, AddLayer>("sum of inputs of the same shape", {"add"}); }
LayerRow average_row() {
  return layer_row_of<Average, AverageLayer>("mean of inputs of the same shape, or of an ensemble's members",
                                             {"average"});
}
LayerRow flatten_row() {
  return layer_row_of<Flatten, FlattenLayer>("turns a sample into one row of numbers", {"flatten"});
}
LayerRow reshape_row() { return layer_row_of<Reshape, ReshapeLayer>("gives a sample another shape", {"reshape:3x3"}); }

}  // namespace millrace
