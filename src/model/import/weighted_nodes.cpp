// SPDX-License-Identifier: Apache-2.0
//
// Nodes with weights: Gemm, MatMul, Conv, BatchNormalization, and Gather from a table.
#include <algorithm>

#include "export/operator_support.hpp"
#include "millrace/layers.hpp"
#include "model/import/node_import.hpp"
#include "ops/axes.hpp"

namespace millrace {

namespace {

std::vector<float> in_single(const std::vector<double>& values) { return {values.begin(), values.end()}; }

Extents extents_of(const Shape& pair) { return {pair[0], pair[1]}; }

}  // namespace

// Gemm(x, w[, b]) and MatMul(x, w).
void NodeImport::dense(std::size_t node) {
  const GraphNode& from = graph_.nodes[node];
  ImportedValue x = operand(node, 0);
  const DoubleTensor& w = constant(node, 1);
  const bool gemm = from.op == "Gemm", turned = gemm && attribute(from, "transB", 0) != 0;
  if (w.shape.size() != 2 || (gemm && attribute(from, "transA", 0) != 0))
    refuse(node, "multiplies by a constant of shape " + shape_text(w.shape) + ", expected rows times one matrix");
  const std::int64_t inputs = w.shape[turned ? 1 : 0], units = w.shape[turned ? 0 : 1];
  if (element_count(x.file) != inputs)
    refuse(node, "takes rows of shape " + shape_text(x.file) + ", expected one vector of " + std::to_string(inputs));
  x = builder_.as_vector(std::move(x));

  const double alpha = gemm ? attribute(from, "alpha", 1) : 1, beta = gemm ? attribute(from, "beta", 1) : 1;
  std::vector<float> kernel(w.values.size());
  for (std::int64_t i = 0; i < inputs; ++i) {
    const std::int64_t row = x.order.empty() ? i : x.order[static_cast<std::size_t>(i)];
    for (std::int64_t u = 0; u < units; ++u)
      kernel[static_cast<std::size_t>(row * units + u)] =
          static_cast<float>(alpha * w.values[static_cast<std::size_t>(turned ? u * inputs + i : i * units + u)]);
  }
  const bool bias = from.inputs.size() > 2 && !from.inputs[2].empty();
  const std::string layer = builder_.add(Dense{.units = units, .use_bias = bias}, {x.layer});
  builder_.set_weights(layer + "/kernel", std::move(kernel));
  if (bias) {
    const DoubleTensor& b = constant(node, 2);
    if (std::ssize(b.values) != units && b.values.size() != 1)
      refuse(node, "adds a constant of shape " + shape_text(b.shape) + ", expected one number a unit");
    std::vector<float> values;
    for (std::int64_t u = 0; u < units; ++u)
      values.push_back(static_cast<float>(beta * b.values[b.values.size() == 1 ? 0 : static_cast<std::size_t>(u)]));
    builder_.set_weights(layer + "/bias", std::move(values));
  }
  define(node, layer, {units});
}

void NodeImport::convolution(std::size_t node) {
  const GraphNode& from = graph_.nodes[node];
  const DoubleTensor& w = constant(node, 1);
  if (w.shape.size() != 4) refuse(node, "has a kernel of shape " + shape_text(w.shape) + ", expected two dimensions");
  const ImportedValue x = image(node);
  const Shape strides = attribute(from, "strides", Shape{1, 1}), dilations = attribute(from, "dilations", Shape{1, 1}),
              window{w.shape[2], w.shape[3]};
  const Shape& result = graph_.shapes.at(from.outputs.at(0));
  const Shape out{result[1], result[2]};
  const bool bias = from.inputs.size() > 2 && !from.inputs[2].empty();
  const std::string layer = builder_.add(Conv2d{.filters = w.shape[0],
                                                .kernel_size = extents_of(window),
                                                .strides = extents_of(strides),
                                                .padding = padding_of(node, x.ours, window, strides, dilations, out),
                                                .dilation_rate = extents_of(dilations),
                                                .groups = static_cast<std::int64_t>(attribute(from, "group", 1)),
                                                .use_bias = bias},
                                         {x.layer});
  builder_.set_weights(layer + "/kernel", permuted(in_single(w.values), w.shape, {2, 3, 1, 0}));
  if (bias) builder_.set_weights(layer + "/bias", in_single(constant(node, 2).values));
  define_image(node, layer, {out[0], out[1], w.shape[0]});
}

void NodeImport::batch_normalization(std::size_t node) {
  const GraphNode& from = graph_.nodes[node];
  if (attribute(from, "training_mode", 0) != 0) refuse(node, "is in training mode, expected a model for inference");
  const ImportedValue value = operand(node, 0);
  const bool images = value.file.size() == 3;
  const ImportedValue x = images ? image(node) : builder_.as_vector(value);
  if (!images && !x.order.empty()) refuse(node, "normalises an image that was flattened, expected columns or channels");
  const double epsilon = attribute(from, "epsilon", 1e-5), momentum = attribute(from, "momentum", 0.9);
  const std::string layer = builder_.add(BatchNormalization{.momentum = momentum, .epsilon = epsilon}, {x.layer});
  const char* const names[] = {"gamma", "beta", "moving_mean", "moving_variance"};
  for (std::size_t i = 0; i < 4; ++i) {
    const DoubleTensor& values = constant(node, i + 1);
    if (std::ssize(values.values) != x.ours.back())
      refuse(node, "has " + std::to_string(values.values.size()) + " numbers of " + names[i] + ", expected " +
                       std::to_string(x.ours.back()));
    builder_.set_weights(layer + "/" + names[i], in_single(values.values));
  }
  define(node, layer, x.ours, x.order);
}

// A table looked up by whole numbers is an embedding; constant places choose columns of an input.
void NodeImport::gather(std::size_t node) {
  const GraphNode& from = graph_.nodes[node];
  if (!is_constant(node, 0)) return columns(node);
  const DoubleTensor& table = constant(node, 0);
  const auto renamed = categories_.find(from.inputs.at(1));
  const ImportedValue x = renamed == categories_.end() ? operand(node, 1) : value(renamed->second);
  if (attribute(from, "axis", 0) != 0 || table.shape.size() != 2)
    refuse(node, "looks up in a constant of shape " + shape_text(table.shape) + ", expected rows of a table");
  if (!builder_.is_input(x.layer) || !x.order.empty())
    refuse(node, "looks up by numbers that are computed, expected columns of an input");
  const std::string layer =
      builder_.add(Embedding{.input_dim = table.shape[0], .output_dim = table.shape[1]}, {x.layer});
  builder_.set_weights(layer + "/embeddings", in_single(table.values));
  define(node, layer, {x.ours[0], table.shape[1]});
}

}  // namespace millrace
