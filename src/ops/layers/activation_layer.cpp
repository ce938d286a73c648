// SPDX-License-Identifier: Apache-2.0
//
// An activation as a layer of its own.
#include <cstring>

#include "millrace/layers.hpp"
#include "ops/activations/activation.hpp"
#include "ops/layers/layer.hpp"
#include "ops/layers/rows.hpp"

namespace millrace {

namespace {

class ActivationKernel final : public LayerKernel {
 public:
  ActivationKernel(std::shared_ptr<const Activation> activation, const LayerContext& context)
      : activation_(std::move(activation)),
        input_(context.inputs[0]),
        output_(context.output),
        units_(context.input_shapes[0].back()),
        shards_(context.shards.begin(), context.shards.end()),
        skip_(context.skip_activation) {}

  void forward(std::int64_t shard, float*) override {
    const IndexRange rows = shards_[shard];
    if (skip_)
      copy_rows(rows_of(input_.data, input_, rows), rows_of(output_.data, output_, rows), rows.size(), output_.width);
    else
      in_runs(rows_of(input_.data, input_, rows), rows_of(output_.data, output_, rows), rows.size(),
              [&](auto z, auto y, std::int64_t runs) { activation_->forward(z, y, runs, units_); });
  }
  void backward(std::int64_t shard, float*) override {
    const IndexRange rows = shards_[shard];
    const StridedRows<float> delta = rows_of(output_.delta, output_, rows);
    if (!skip_) {
      const ValueBuffers& saved = activation_->backward_reads_output() ? output_ : input_;
      in_runs(rows_of(saved.data, saved, rows), delta, rows.size(), [&](auto values, auto deltas, std::int64_t runs) {
        activation_->backward(values, deltas, runs, units_);
      });
    }
    if (input_.delta != nullptr)
      pass_delta({delta.data, delta.stride}, rows_of(input_.delta, input_, rows), rows.size(), output_.width,
                 input_.delta_accumulates);
  }

 private:
  // The activation works on runs of units_ floats, those of the last axis, of which a row has one or several.
  template <class Call>
  void in_runs(StridedRows<const float> from, StridedRows<float> to, std::int64_t rows, const Call& call) const {
    if (output_.width == units_) return call(from, to, rows);
    for (std::int64_t r = 0; r < rows; ++r)
      call(StridedRows<const float>{from.row(r), units_}, StridedRows<float>{to.row(r), units_},
           output_.width / units_);
  }

  std::shared_ptr<const Activation> activation_;
  ValueBuffers input_, output_;
  std::int64_t units_;
  std::vector<IndexRange> shards_;
  bool skip_;
};

class ActivationAsLayer final : public Layer {
 public:
  ActivationAsLayer(const ActivationLayer& options, Semantics semantics)
      : activation_(make_activation(options.activation, semantics)) {}

  LayerSignature signature(std::span<const Shape> inputs) const override {
    require_inputs("activation", inputs, 1);
    return {inputs[0], {}};
  }
  std::unique_ptr<LayerKernel> prepare(const LayerContext& context) const override {
    return std::make_unique<ActivationKernel>(activation_, context);
  }
  void reference(const ReferenceOperands& operands, std::span<const Shape> inputs) const override {
    const auto width = static_cast<std::size_t>(inputs[0].back());
    for (std::size_t i = 0; i < operands.output.size(); i += width) {
      activation_->reference(operands.inputs[0].subspan(i, width), operands.output.subspan(i, width));
    }
  }
  void to_onnx(PlainGraph& graph, const OnnxSite& site, std::span<const Shape>) const override {
    activation_->to_onnx(graph, site.inputs[0], site.name);
  }
  const Activation* activation() const override { return activation_.get(); }

 private:
  std::shared_ptr<const Activation> activation_;
};

}  // namespace

LayerRow activation_layer_row() {
  LayerRow row = layer_row_of<ActivationLayer, ActivationAsLayer>("an activation as a layer",
                                                                  {"activation:tanh", "activation:softmax"});
  row.example_input = {2, 3, 4};  // softmax is over the last axis
  return row;
}

}  // namespace millrace
