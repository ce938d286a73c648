// SPDX-License-Identifier: Apache-2.0
//
// Nodes with weights: Gemm, MatMul, Conv, BatchNormalization, and Gather from a table.
#include <algorithm>
#include <utility>

#include "base/formatted.hpp"
#include "export/operator_support.hpp"
#include "millrace/layers.hpp"
#include "model/import/node_import.hpp"
#include "ops/axes.hpp"

namespace millrace {

namespace {

using Growth = std::pair<std::int64_t, std::int64_t>;

// A kernel of (height, width, rest) with zeros around it.
std::vector<float> grown(const std::vector<float>& kernel, const Shape& shape, Growth rows, Growth columns) {
  const std::int64_t width = shape[1] + columns.first + columns.second, rest = shape[2];
  std::vector<float> larger(static_cast<std::size_t>((shape[0] + rows.first + rows.second) * width * rest));
  for (std::int64_t r = 0; r < shape[0]; ++r) {
    const auto from = kernel.begin() + r * shape[1] * rest;
    std::copy(from, from + shape[1] * rest, larger.begin() + ((r + rows.first) * width + columns.first) * rest);
  }
  return larger;
}

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
  if (!gemm && x.file.size() > 1 && x.file.back() == inputs) return sequence_product(node, std::move(x));
  if (element_count(x.file) != inputs)
    refuse(node, "takes rows of shape " + shape_text(x.file) + ", expected one vector of " + std::to_string(inputs));
  x = builder_.as_vector(std::move(x));

  const double alpha = gemm ? attribute(from, "alpha", 1) : 1, beta = gemm ? attribute(from, "beta", 1) : 1;
  std::vector<float> kernel(static_cast<std::size_t>(element_count(x.ours) * units));
  for (std::int64_t i = 0; i < inputs; ++i) {
    const std::int64_t row = x.place(i);
    for (std::int64_t u = 0; u < units; ++u)
      kernel[static_cast<std::size_t>(row * units + u)] =
          static_cast<float>(alpha * w.values[static_cast<std::size_t>(turned ? u * inputs + i : i * units + u)]);
  }
  const bool bias = from.inputs.size() > 2 && !from.inputs[2].empty();
  const std::string layer = builder_.add(Dense{.units = units, .use_bias = bias}, {x.layer});
  builder_.set_weights(layer + "/kernel", kernel);
  if (bias) {
    const DoubleTensor& b = constant(node, 2);
    if (std::ssize(b.values) != units && b.values.size() != 1)
      refuse(node, "adds a constant of shape " + shape_text(b.shape) + ", expected one number a unit");
    std::vector<float> values;
    for (std::int64_t u = 0; u < units; ++u)
      values.push_back(static_cast<float>(beta * b.values[b.values.size() == 1 ? 0 : static_cast<std::size_t>(u)]));
    builder_.set_weights(layer + "/bias", values);
  }
  define(node, layer, {units});
}

// MatMul(x, w) for every vector of a row: a convolution whose window is one pixel.
void NodeImport::sequence_product(std::size_t node, ImportedValue x) {
  const DoubleTensor& w = constant(node, 1);
  if (!x.is_whole() || !x.order.empty())
    refuse(node, "takes rows of shape " + shape_text(x.file) +
                     " whose numbers lie in another order, expected vectors "
                     "whose numbers lie side by side");
  const std::int64_t vectors = element_count(x.file) / w.shape[0];
  if (x.ours.size() != 3 || x.ours.back() != w.shape[0]) {
    x.ours = {vectors, 1, w.shape[0]};
    x.layer = builder_.add(Reshape{.shape = x.ours}, {x.layer});
  }
  const std::string layer = builder_.add(Conv2d{.filters = w.shape[1], .kernel_size = 1, .use_bias = false}, {x.layer});
  builder_.set_weights(layer + "/kernel", w.values);
  define(node, layer, {x.ours[0], x.ours[1], w.shape[1]});
}

void NodeImport::convolution(std::size_t node) {
  const GraphNode& from = graph_.nodes[node];
  const DoubleTensor& w = constant(node, 1);
  if (w.shape.size() != 4)
    refuse(node, "has a kernel of shape " + shape_text(w.shape) + ", expected two dimensions, or one");
  const ImportedValue x = image(node);
  const Shape strides = attribute(from, "strides", Shape{1, 1}), dilations = attribute(from, "dilations", Shape{1, 1});
  Shape window{w.shape[2], w.shape[3]};
  const Shape& result = graph_.shapes.at(from.outputs.at(0));
  const Shape out{result[1], result[2]};
  const bool bias = from.inputs.size() > 2 && !from.inputs[2].empty();
  std::vector<float> kernel = permuted(std::vector<float>(w.values.begin(), w.values.end()), w.shape, {2, 3, 1, 0});
  std::string padding = "same";
  const auto above = growth_of(node, 0, x.ours[0], window[0], out[0]),
             beside = growth_of(node, 1, x.ours[1], window[1], out[1]);
  const bool grows = above && beside && (above->first + above->second + beside->first + beside->second) > 0;
  if (grows && dilations == Shape{1, 1}) {
    kernel = grown(kernel, {window[0], window[1], w.shape[1] * w.shape[0]}, *above, *beside);
    window = {window[0] + above->first + above->second, window[1] + beside->first + beside->second};
  } else {
    padding = padding_of(node, x.ours, window, strides, dilations, out);
  }
  const std::string layer = builder_.add(Conv2d{.filters = w.shape[0],
                                                .kernel_size = extents_of(window),
                                                .strides = extents_of(strides),
                                                .padding = padding,
                                                .dilation_rate = extents_of(dilations),
                                                .groups = whole_attribute(from, "group", 1),
                                                .use_bias = bias},
                                         {x.layer});
  builder_.set_weights(layer + "/kernel", kernel);
  if (bias) builder_.set_weights(layer + "/bias", constant(node, 2).values);
  define_image(node, layer, {out[0], out[1], w.shape[0]});
}

// Columns of whole numbers as one-hot rows.
void NodeImport::one_hot(std::size_t node) {
  const auto renamed = categories_.find(graph_.nodes[node].inputs.at(0));
  const ImportedValue x = renamed == categories_.end() ? operand(node, 0) : value(renamed->second);
  const std::vector<double>& values = constant(node, 2).values;
  add_one_hot(node, x, static_cast<std::int64_t>(constant(node, 1).values.at(0)), values.at(0), values.at(1));
}

// The same as PyTorch's newer exporter writes it: a column equal to 0, 1, 2, ...
void NodeImport::equal(std::size_t node) {
  const std::size_t place = is_constant(node, 0) ? 0 : 1;
  const std::vector<double>& numbers = constant(node, place).values;
  bool counts = !numbers.empty();
  for (std::size_t i = 0; i < numbers.size(); ++i) counts = counts && numbers[i] == static_cast<double>(i);
  const ImportedValue x = operand(node, 1 - place);
  if (!counts || element_count(x.file) != 1) refuse(node, "is no operator of a layer that millrace has");
  add_one_hot(node, x, std::ssize(numbers), 0, 1);
}

// The rows of an identity matrix, which training leaves as they are.
void NodeImport::add_one_hot(std::size_t node, const ImportedValue& x, std::int64_t depth, double off, double on) {
  constexpr std::int64_t deepest = 4096;
  if (!builder_.is_input(x.layer) || !x.order.empty())
    refuse(node, "encodes numbers that are computed, expected columns of an input");
  if (depth < 1 || depth > deepest)
    refuse(node, "has the depth " + std::to_string(depth) + ", expected 1 to " + std::to_string(deepest));
  const std::string layer = builder_.add(Embedding{.input_dim = depth, .output_dim = depth}, {x.layer});
  builder_.freeze(layer);
  std::vector<float> rows(static_cast<std::size_t>(depth * depth), static_cast<float>(off));
  for (std::int64_t i = 0; i < depth; ++i) rows[static_cast<std::size_t>(i * depth + i)] = static_cast<float>(on);
  builder_.set_weights(layer + "/embeddings", rows);
  define(node, layer, {x.ours[0], depth});
}

void NodeImport::batch_normalization(std::size_t node) {
  const GraphNode& from = graph_.nodes[node];
  if (attribute(from, "training_mode", 0) != 0) refuse(node, "is in training mode, expected a model for inference");
  const ImportedValue value = operand(node, 0);
  const bool images = value.file.size() > 1;
  const ImportedValue x = images ? image(node) : builder_.as_vector(value);
  const double epsilon = attribute(from, "epsilon", 1e-5), momentum = attribute(from, "momentum", 0.9);
  const std::string layer = builder_.add(BatchNormalization{.momentum = momentum, .epsilon = epsilon}, {x.layer});
  const char* const names[] = {"gamma", "beta", "moving_mean", "moving_variance"};
  const std::int64_t wanted = images ? x.ours.back() : element_count(x.file);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::vector<double>& values = constant(node, i + 1).values;
    if (std::ssize(values) != wanted)
      refuse(node,
             "has " + counted(values.size(), "number") + " of " + names[i] + ", expected " + std::to_string(wanted));
    const double usual = i == 0 || i == 3 ? 1 : 0;  // where the file has no number
    builder_.set_weights(layer + "/" + names[i], images ? values : x.ordered(values, usual));
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
  builder_.set_weights(layer + "/embeddings", table.values);
  define(node, layer, {x.ours[0], table.shape[1]});
}

}  // namespace millrace
