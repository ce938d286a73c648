// SPDX-License-Identifier: Apache-2.0
//
// Nodes that combine branches element by element: sums, differences, products, the larger or smaller number.
#include <algorithm>
#include <numeric>

#include "millrace/layers.hpp"
#include "model/import/node_import.hpp"

namespace millrace {

namespace {

// The layer that combines as the operator does; nothing for another operator.
std::optional<LayerConfig> layer_of(const std::string& op) {
  if (op == "Add" || op == "Sum") return Add{};
  if (op == "Mean") return Average{};
  if (op == "Sub") return Subtract{};
  if (op == "Mul") return Multiply{};
  if (op == "Max") return Maximum{};
  if (op == "Min") return Minimum{};
  return std::nullopt;
}

}  // namespace

ImportedValue NodeImport::in_order_of_file(std::size_t node, ImportedValue x) {
  constexpr std::int64_t widest = 4096;
  x = builder_.as_vector(std::move(x));
  if (x.is_whole() && x.order.empty()) return x;
  const std::int64_t inputs = element_count(x.ours), units = element_count(x.file);
  if (inputs > widest)
    refuse(node, "combines numbers of a value with " + std::to_string(inputs) +
                     " numbers a row in an order of their own, "
                     "expected at most " +
                     std::to_string(widest));
  std::vector<float> kernel(static_cast<std::size_t>(inputs * units));
  for (std::int64_t u = 0; u < units; ++u) kernel[static_cast<std::size_t>(x.place(u) * units + u)] = 1;
  x.layer = builder_.add(Dense{.units = units, .use_bias = false}, {x.layer});
  builder_.freeze(x.layer);
  builder_.set_weights(x.layer + "/kernel", kernel);
  x.ours = {units};
  x.order.clear();
  return x;
}

// Values that all depend on the rows; false for another node, and if one is a constant or all are the same value.
bool NodeImport::combine(std::size_t node) {
  const GraphNode& from = graph_.nodes[node];
  const std::optional<LayerConfig> layer = layer_of(from.op);
  if (!layer) return false;
  std::vector<ImportedValue> values;
  bool differ = from.op == "Add" || from.op == "Sum";
  for (std::size_t i = 0; i < from.inputs.size(); ++i) {
    if (is_constant(node, i)) return false;
    differ = differ || from.inputs[i] != from.inputs[0];
    values.push_back(operand(node, i));
  }
  if (values.size() < 2 || !differ) return false;
  for (const ImportedValue& x : values)
    if (x.file != values[0].file)
      refuse(node, "combines values of shapes " + shape_text(values[0].file) + " and " + shape_text(x.file) +
                       ", expected the same shape");
  // As they are if they lie alike, else as rows in the order of the file.
  const auto alike = [&](const ImportedValue& x) {
    return x.order == values[0].order && element_count(x.ours) == element_count(values[0].ours);
  };
  const bool same_order = std::ranges::all_of(values, alike),
             same_shape = std::ranges::all_of(values, [&](const auto&x) { return x.ours == values[0].ours; });
  std::vector<std::string> layers;
  for (ImportedValue& x : values) {
    if (!same_order)
      x = in_order_of_file(node, std::move(x));
    else if (!same_shape)
      x = builder_.as_vector(std::move(x));
    layers.push_back(x.layer);
  }
  define(node, builder_.add(*layer, layers), values[0].ours, values[0].order);
  return true;
}

}  // namespace millrace
