// SPDX-License-Identifier: Apache-2.0
//
// Nodes that move, choose and join numbers.
#include <algorithm>
#include <numeric>

#include "export/operator_support.hpp"
#include "millrace/layers.hpp"
#include "model/import/node_import.hpp"
#include "ops/axes.hpp"

namespace millrace {

// Some columns of an input become an input of their own; Split makes several.
void NodeImport::columns(std::size_t node) {
  const GraphNode& from = graph_.nodes[node];
  const ImportedValue x = operand(node, 0);
  if (!builder_.is_input(x.layer) || x.file.size() != 1 || !x.order.empty()) return part_of(node);
  // The positions that are left of 0, 1, 2, ...
  Tensors values = graph_.constants;
  DoubleTensor numbered{{graph_.batch, x.file[0]}, {}};
  for (std::int64_t i = 0; i < graph_.batch * x.file[0]; ++i)
    numbered.values.push_back(static_cast<double>(i % x.file[0]));
  values[from.inputs[0]] = std::move(numbered);
  run_nodes(std::span(&from, 1), values);
  const auto input = std::ranges::find(to_->network.inputs, x.layer, &NetworkInput::name);
  const std::vector<std::int64_t> all = to_->columns[static_cast<std::size_t>(input - to_->network.inputs.begin())];
  for (const std::string& output : from.outputs) {
    if (!values.contains(output)) continue;
    const DoubleTensor& taken = values.at(output);
    const std::size_t width = taken.values.size() / static_cast<std::size_t>(graph_.batch);
    if (width == 0) refuse(node, "takes no column");
    std::vector<std::int64_t> part;
    for (std::size_t i = 0; i < width; ++i) part.push_back(all.at(static_cast<std::size_t>(taken.values[i])));
    const std::string name = x.layer + "_" + std::to_string(to_->network.inputs.size());
    to_->network.inputs.push_back({name, {std::ssize(part)}});
    to_->columns.push_back(std::move(part));
    values_[output] = {name, graph_.shapes.at(output), {static_cast<std::int64_t>(width)}, {}};
    record(node, output);
  }
}

// Some numbers of a value that is computed: the layers after it leave the others out.
void NodeImport::part_of(std::size_t node) {
  const GraphNode& from = graph_.nodes[node];
  const ImportedValue x = builder_.as_vector(operand(node, 0));
  keep_as_it_is(node, x);
  Tensors values = graph_.constants;
  DoubleTensor numbered{x.file, {}};
  numbered.shape.insert(numbered.shape.begin(), graph_.batch);
  const std::int64_t count = element_count(x.file);
  for (std::int64_t i = 0; i < graph_.batch * count; ++i) numbered.values.push_back(static_cast<double>(i % count));
  values[from.inputs[0]] = std::move(numbered);
  run_nodes(std::span(&from, 1), values);
  for (const std::string& output : from.outputs) {
    if (!values.contains(output)) continue;
    const Shape& shape = graph_.shapes.at(output);
    ImportedValue part{x.layer, shape, x.ours, {}};
    for (std::int64_t i = 0; i < element_count(shape); ++i)
      part.order.push_back(
          x.place(static_cast<std::int64_t>(values.at(output).values.at(static_cast<std::size_t>(i)))));
    part.simplify();
    values_[output] = std::move(part);
    record(node, output);
  }
}

// The numbers stay where they are.
void NodeImport::reshape(std::size_t node) {
  const ImportedValue x = operand(node, 0);
  keep_as_it_is(node, x);
  define(node, x.layer, x.ours, x.order);
}

void NodeImport::transpose(std::size_t node) {
  const ImportedValue x = operand(node, 0);
  keep_as_it_is(node, x);
  const std::size_t rank = x.file.size() + 1;
  std::vector<std::int64_t> reversed(rank);
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const Shape order = attribute(graph_.nodes[node], "perm", reversed);
  if (order[0] != 0) refuse(node, "moves the rows of the batch, expected axes of a row alone");
  // Numbers of the places of x, moved like x.
  if (!x.is_whole()) refuse(node, "turns a part of a value that is computed, expected all of it");
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
  const std::size_t axis = axis_of(from, whole_attribute(from, "axis", 1), result.size() + 1);
  if (axis == 0) refuse(node, "joins rows of the batch, expected columns");
  std::vector<std::string> layers;
  std::vector<std::vector<std::int64_t>> orders;
  std::vector<Shape> shapes;
  std::int64_t width = 0;
  for (std::size_t i = 0; i < from.inputs.size(); ++i) {
    const ImportedValue x = builder_.as_vector(operand(node, i));
    layers.push_back(x.layer);
    shapes.push_back(x.file);
    std::vector<std::int64_t>& order = orders.emplace_back();
    for (std::int64_t place = 0; place < element_count(x.file); ++place) order.push_back(width + x.place(place));
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
  ImportedValue joined{builder_.add(Concatenate{}, layers), result, {width}, std::move(order)};
  joined.simplify();
  define(node, joined.layer, joined.ours, joined.order);
}

}  // namespace millrace
