// SPDX-License-Identifier: Apache-2.0
#include "model/import/node_import.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

#include "base/fail.hpp"
#include "export/operator_support.hpp"
#include "millrace/layers.hpp"
#include "ops/axes.hpp"

namespace millrace {

namespace {

std::vector<float> in_single(const std::vector<double>& values) { return {values.begin(), values.end()}; }

Extents extents_of(const Shape& pair) { return {pair[0], pair[1]}; }

}  // namespace

void NodeImport::refuse(std::size_t node, const std::string& text) const {
  fail(ErrorKind::data, graph_.file, graph_.place_of(node) + " " + text);
}

const ImportedValue& NodeImport::value(const std::string& name) const {
  const auto at = values_.find(name);
  if (at == values_.end())
    fail(ErrorKind::data, graph_.file, "value '" + name + "' is computed by nodes that cannot be imported");
  return at->second;
}

ImportedValue NodeImport::operand(std::size_t node, std::size_t input) const {
  const std::vector<std::string>& inputs = graph_.nodes[node].inputs;
  if (input >= inputs.size() || !values_.contains(inputs[input]))
    refuse(node,
           "has a constant as input " + std::to_string(input + 1) + ", expected a value that depends on the rows");
  return values_.at(inputs[input]);
}

bool NodeImport::is_constant(std::size_t node, std::size_t input) const {
  const std::vector<std::string>& inputs = graph_.nodes[node].inputs;
  return input < inputs.size() && graph_.constants.contains(inputs[input]);
}

const DoubleTensor& NodeImport::constant(std::size_t node, std::size_t input) const {
  if (!is_constant(node, input))
    refuse(node, "computes its input " + std::to_string(input + 1) + ", expected a constant there");
  return graph_.constants.at(graph_.nodes[node].inputs[input]);
}

void NodeImport::define(std::size_t node, const std::string& layer, Shape ours, std::vector<std::int64_t> order) {
  const std::string& name = graph_.nodes[node].outputs.at(0);
  values_[name] = {layer, graph_.shapes.at(name), std::move(ours), std::move(order)};
  record(node, name);
}

void NodeImport::define_image(std::size_t node, const std::string& layer, Shape ours) {
  const Shape& file = graph_.shapes.at(graph_.nodes[node].outputs.at(0));
  if (file != Shape{ours[2], ours[0], ours[1]})
    refuse(node, "gives an image of shape " + shape_text(file) + ", where the layer gives " + shape_text(ours) +
                     " (height, width, channels)");
  define(node, layer, std::move(ours), channels_last_order(file));
}

void NodeImport::record(std::size_t node, const std::string& result) {
  to_->steps.emplace_back(graph_.place_of(node), value(result).layer);
}

void NodeImport::add_inputs(ImportedNetwork& to) {
  to_ = &to;
  for (const GraphValue& input : graph_.inputs) {
    const std::int64_t width = element_count(input.shape);
    // A layer's default name must stay free, and '/' is for parameters.
    std::string name = input.name;
    std::ranges::replace(name, '/', '_');
    if (name == exported_output) name += "_in";
    to.network.inputs.push_back({name, {width}});
    std::vector<std::int64_t>& columns = to.columns.emplace_back(static_cast<std::size_t>(width));
    std::iota(columns.begin(), columns.end(), to.feature_columns);
    to.feature_columns += width;
    values_[input.name] = {name, input.shape, {width}, {}};
  }
}

const std::map<std::string, NodeImport::Handler>& NodeImport::handlers() {
  static const std::map<std::string, Handler> table{{"Gemm", &NodeImport::dense},
                                                    {"MatMul", &NodeImport::dense},
                                                    {"Conv", &NodeImport::convolution},
                                                    {"MaxPool", &NodeImport::pool},
                                                    {"AveragePool", &NodeImport::pool},
                                                    {"GlobalMaxPool", &NodeImport::global_pool},
                                                    {"GlobalAveragePool", &NodeImport::global_pool},
                                                    {"BatchNormalization", &NodeImport::batch_normalization},
                                                    {"Gather", &NodeImport::gather},
                                                    {"Slice", &NodeImport::columns},
                                                    {"Reshape", &NodeImport::reshape},
                                                    {"Flatten", &NodeImport::reshape},
                                                    {"Squeeze", &NodeImport::reshape},
                                                    {"Unsqueeze", &NodeImport::reshape},
                                                    {"Transpose", &NodeImport::transpose},
                                                    {"Concat", &NodeImport::concatenate}};
  return table;
}

bool NodeImport::take_node(std::size_t node) {
  const std::string& op = graph_.nodes[node].op;
  if (const auto handler = handlers().find(op); handler != handlers().end()) {
    (this->*handler->second)(node);
    return true;
  }
  if (is_pooling_mean(node)) {
    global_pool(node);
    return true;
  }
  return (op == "Add" || op == "Sum" || op == "Cast") && (op == "Cast" ? alias(node) : add_values(node));
}

// A cast of an input keeps its columns: categories are whole numbers anyway.
bool NodeImport::alias(std::size_t node) {
  const ImportedValue x = operand(node, 0);
  if (!builder_.is_input(x.layer)) return false;
  values_[graph_.nodes[node].outputs.at(0)] = x;
  record(node, graph_.nodes[node].outputs[0]);
  return true;
}

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

ImportedValue NodeImport::image(std::size_t node) {
  const ImportedValue x = operand(node, 0);
  std::optional<ImportedValue> found = builder_.as_image(x);
  if (!found)
    refuse(node, "takes rows of shape " + shape_text(x.file) +
                     (x.file.size() == 3 ? " in an order that no image here has" : "") +
                     ", expected an image (channels, height, width)");
  const std::string& name = graph_.nodes[node].inputs[0];
  values_[name] = *found;
  return *found;
}

// "valid" or "same" for the padding that gives this result.
std::string NodeImport::padding_of(std::size_t node, const Shape& image, const Shape& window, const Shape& strides,
                                   const Shape& dilations, const Shape& out) const {
  const GraphNode& from = graph_.nodes[node];
  const std::string automatic = text_attribute(from, "auto_pad");
  if (automatic == "SAME_LOWER") refuse(node, "pads SAME_LOWER, expected padding behind the image or none");
  const Shape pads = attribute(from, "pads", Shape{0, 0, 0, 0});
  bool valid = automatic != "SAME_UPPER", same = automatic != "VALID";
  for (std::size_t d = 0; d < 2; ++d) {
    const std::int64_t span = (window[d] - 1) * dilations[d] + 1;
    const std::int64_t places = (image[d] + strides[d] - 1) / strides[d];
    const std::int64_t missing = std::max<std::int64_t>(0, (places - 1) * strides[d] + span - image[d]);
    const bool given = automatic.empty() || automatic == "NOTSET";
    valid = valid && (!given || (pads[d] == 0 && pads[d + 2] == 0)) && image[d] >= span &&
            out[d] == (image[d] - span) / strides[d] + 1;
    // What lies behind the last window does not count.
    same = same && out[d] == places && (!given || pads[d] == missing / 2);
  }
  if (!valid && !same)
    refuse(node, "pads by " + shape_text(pads) + " (above, left, below, right), expected the padding valid or same");
  return valid ? "valid" : "same";
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

void NodeImport::pool(std::size_t node) {
  const GraphNode& from = graph_.nodes[node];
  const ImportedValue x = image(node);
  const Shape window = attribute(from, "kernel_shape", Shape{1, 1}), strides = attribute(from, "strides", Shape{1, 1});
  const Shape dilations = attribute(from, "dilations", Shape{1, 1});
  const Shape& result = graph_.shapes.at(from.outputs.at(0));
  const Shape out{result[1], result[2]};
  const std::string padding = padding_of(node, x.ours, window, strides, dilations, out);
  if (dilations != Shape{1, 1}) refuse(node, "has dilations " + shape_text(dilations) + ", expected none");
  if (padding == "same" && attribute(from, "count_include_pad", 0) != 0)
    refuse(node, "counts the padding in its means, expected means over the image alone");
  const std::string layer =
      from.op == "MaxPool"
          ? builder_.add(
                MaxPooling2d{.pool_size = extents_of(window), .strides = extents_of(strides), .padding = padding},
                {x.layer})
          : builder_.add(
                AveragePooling2d{.pool_size = extents_of(window), .strides = extents_of(strides), .padding = padding},
                {x.layer});
  define_image(node, layer, {out[0], out[1], x.ours[2]});
}

// ReduceMean over height and width of an image.
bool NodeImport::is_pooling_mean(std::size_t node) const {
  const GraphNode& from = graph_.nodes[node];
  if (from.op != "ReduceMean" && from.op != "ReduceMax") return false;
  const ImportedValue x = operand(node, 0);
  if (x.file.size() != 3) return false;
  Operands operands{nullptr};
  if (is_constant(node, 1)) operands.push_back(&constant(node, 1));
  const auto axes = numbers_of(from, operands, "axes", 1);
  if (!axes) return false;
  std::set<std::size_t> reduced;
  for (const std::int64_t axis : *axes) reduced.insert(axis_of(from, axis, 4));
  const bool channels_first = x.order == channels_last_order(x.file);
  return reduced == (channels_first ? std::set<std::size_t>{2, 3} : std::set<std::size_t>{1, 2});
}

void NodeImport::global_pool(std::size_t node) {
  const std::string& op = graph_.nodes[node].op;
  ImportedValue x = operand(node, 0);
  if (op.starts_with("Reduce") && x.order.empty()) {
    // Channels last in the file, too.
    if (x.ours != x.file) x.layer = builder_.add(Reshape{.shape = x.file}, {x.layer});
    x.ours = x.file;
  } else {
    x = image(node);
  }
  const bool mean = op.ends_with("Mean") || op == "GlobalAveragePool";
  const std::string layer =
      mean ? builder_.add(GlobalAveragePooling2d{}, {x.layer}) : builder_.add(GlobalMaxPooling2d{}, {x.layer});
  define(node, layer, {x.ours[2]});
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

// Some columns of an input become an input of their own.
void NodeImport::columns(std::size_t node) {
  const GraphNode& from = graph_.nodes[node];
  const ImportedValue x = operand(node, 0);
  if (!builder_.is_input(x.layer) || x.file.size() != 1)
    refuse(node, "takes a part of a value that is computed, expected columns of an input");
  // The positions that are left of 0, 1, 2, ...
  Tensors values = graph_.constants;
  DoubleTensor numbered{{graph_.batch, x.file[0]}, {}};
  for (std::int64_t i = 0; i < graph_.batch * x.file[0]; ++i)
    numbered.values.push_back(static_cast<double>(i % x.file[0]));
  values[from.inputs[0]] = std::move(numbered);
  run_nodes(std::span(&from, 1), values);
  const DoubleTensor& taken = values.at(from.outputs.at(0));
  const std::size_t width = taken.values.size() / static_cast<std::size_t>(graph_.batch);
  const auto input = std::ranges::find(to_->network.inputs, x.layer, &NetworkInput::name);
  const std::vector<std::int64_t> all = to_->columns[static_cast<std::size_t>(input - to_->network.inputs.begin())];
  std::vector<std::int64_t> part;
  for (std::size_t i = 0; i < width; ++i) part.push_back(all.at(static_cast<std::size_t>(taken.values[i])));
  const std::string name = x.layer + "_" + std::to_string(to_->network.inputs.size());
  to_->network.inputs.push_back({name, {std::ssize(part)}});
  to_->columns.push_back(std::move(part));
  define(node, name, {static_cast<std::int64_t>(width)});
}

// The numbers stay where they are.
void NodeImport::reshape(std::size_t node) {
  const ImportedValue x = operand(node, 0);
  define(node, x.layer, x.ours, x.order);
}

void NodeImport::transpose(std::size_t node) {
  const ImportedValue x = operand(node, 0);
  const std::size_t rank = x.file.size() + 1;
  std::vector<std::int64_t> reversed(rank);
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const Shape order = attribute(graph_.nodes[node], "perm", reversed);
  if (order[0] != 0) refuse(node, "moves the rows of the batch, expected axes of a row alone");
  // Numbers of the places of x, moved like x.
  std::vector<float> places(static_cast<std::size_t>(element_count(x.file)));
  Axes axes;
  for (std::size_t d = 1; d < rank; ++d) axes.push_back(static_cast<std::size_t>(order[d] - 1));
  std::iota(places.begin(), places.end(), 0.0F);
  std::vector<std::int64_t> moved;
  for (const float place : permuted(places, x.file, axes)) {
    const auto at = static_cast<std::int64_t>(place);
    moved.push_back(x.order.empty() ? at : x.order[static_cast<std::size_t>(at)]);
  }
  if (std::ranges::is_sorted(moved)) moved.clear();
  define(node, x.layer, x.ours, std::move(moved));
}

void NodeImport::concatenate(std::size_t node) {
  const GraphNode& from = graph_.nodes[node];
  const Shape& result = graph_.shapes.at(from.outputs.at(0));
  const std::size_t axis = axis_of(from, static_cast<std::int64_t>(attribute(from, "axis", 1)), result.size() + 1);
  if (axis == 0) refuse(node, "joins rows of the batch, expected columns");
  std::vector<std::string> layers;
  std::vector<std::vector<std::int64_t>> orders;
  std::vector<Shape> shapes;
  std::int64_t width = 0;
  for (std::size_t i = 0; i < from.inputs.size(); ++i) {
    const ImportedValue x = builder_.as_vector(operand(node, i));
    layers.push_back(x.layer);
    shapes.push_back(x.file);
    std::vector<std::int64_t>& order = orders.emplace_back(x.order);
    if (order.empty()) {
      order.resize(static_cast<std::size_t>(x.ours[0]));
      std::iota(order.begin(), order.end(), 0);
    }
    for (std::int64_t& place : order) place += width;
    width += x.ours[0];
  }
  // The place of each number of the result, part by part within every outer place.
  std::vector<std::int64_t> order;
  const std::int64_t outer = AxisView(result, axis - 1).outer;
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const AxisView view(shapes[i], axis - 1);
      const auto begin = orders[i].begin() + o * view.extent * view.inner;
      order.insert(order.end(), begin, begin + view.extent * view.inner);
    }
  }
  if (std::ranges::is_sorted(order)) order.clear();
  define(node, builder_.add(Concatenate{}, layers), {width}, std::move(order));
}

// The sum of values that all depend on the rows; false if one is a constant.
bool NodeImport::add_values(std::size_t node) {
  const GraphNode& from = graph_.nodes[node];
  std::vector<ImportedValue> values;
  for (std::size_t i = 0; i < from.inputs.size(); ++i) {
    if (is_constant(node, i)) return false;
    values.push_back(operand(node, i));
  }
  if (values.size() < 2) return false;
  const bool images = std::ranges::all_of(values, [&](const auto& x) { return x.ours == values[0].ours; });
  std::vector<std::string> layers;
  for (ImportedValue& x : values) {
    if (!images) x = builder_.as_vector(std::move(x));
    if (x.file != values[0].file || x.order != values[0].order)
      refuse(node, "adds values of shapes " + shape_text(values[0].file) + " and " + shape_text(x.file) +
                       ", expected the same shape in the same order");
    layers.push_back(x.layer);
  }
  define(node, builder_.add(Add{}, layers), values[0].ours, values[0].order);
  return true;
}

}  // namespace millrace
