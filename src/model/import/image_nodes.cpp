// SPDX-License-Identifier: Apache-2.0
//
// Images: what a node takes as one, its padding, and poolings.
#include <algorithm>
#include <optional>
#include <set>

#include "export/operator_support.hpp"
#include "millrace/layers.hpp"
#include "model/import/node_import.hpp"

namespace millrace {

namespace {}  // namespace

ImportedValue NodeImport::image(std::size_t node) {
  const ImportedValue x = operand(node, 0);
  ImportedValue lifted = x;
  if (x.file.size() == 2) lifted.file = {x.file[0], 1, x.file[1]};
  const std::optional<ImportedValue> found = builder_.as_image(lifted);
  if (!found)
    refuse(node, "takes rows of shape " + shape_text(x.file) +
                     (lifted.file.size() == 3 ? " in an order that no image here has" : "") +
                     ", expected an image (channels, height, width) or a line (channels, width)");
  if (x.order.empty() && builder_.is_input(x.layer)) move_columns(x.layer, found->order);
  ImportedValue& value = values_[graph_.nodes[node].inputs[0]];
  value = *found;
  value.file = x.file;
  return *found;
}

// The columns of an input lie in another order now, for all values that are made of them.
void NodeImport::move_columns(const std::string& input, const std::vector<std::int64_t>& order) {
  for (auto& [name, value] : values_) {
    if (value.layer != input) continue;
    std::vector<std::int64_t> moved;
    for (std::int64_t i = 0; i < element_count(value.file); ++i)
      moved.push_back(order[static_cast<std::size_t>(value.place(i))]);
    value.order = std::move(moved);
    value.simplify();
  }
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

std::optional<std::pair<std::int64_t, std::int64_t>> NodeImport::growth_of(std::size_t node, std::size_t axis,
                                                                           std::int64_t image, std::int64_t window,
                                                                           std::int64_t out) const {
  const GraphNode& from = graph_.nodes[node];
  const std::string automatic = text_attribute(from, "auto_pad");
  const std::int64_t pad = attribute(from, "pads", Shape{0, 0, 0, 0})[axis],
                     stride = attribute(from, "strides", Shape{1, 1})[axis];
  if ((!automatic.empty() && automatic != "NOTSET") || out != (image + stride - 1) / stride) return std::nullopt;
  for (std::int64_t grows = 0; grows <= stride; ++grows) {
    for (std::int64_t before = 0; before <= grows; ++before) {
      const std::int64_t missing = std::max<std::int64_t>(0, (out - 1) * stride + window + grows - image);
      if (missing / 2 == pad + before) return std::pair(before, grows - before);
    }
  }
  return std::nullopt;
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

// ReduceMean over height and width of an image, or over the width of a line.
bool NodeImport::is_pooling_mean(std::size_t node) const {
  const GraphNode& from = graph_.nodes[node];
  if (from.op != "ReduceMean" && from.op != "ReduceMax") return false;
  const ImportedValue x = operand(node, 0);
  const bool line = x.file.size() == 2;
  if (!line && x.file.size() != 3) return false;
  Operands operands{nullptr};
  if (is_constant(node, 1)) operands.push_back(&constant(node, 1));
  const auto axes = numbers_of(from, operands, "axes", 1);
  if (!axes) return false;
  std::set<std::size_t> reduced;
  for (const std::int64_t axis : *axes) reduced.insert(axis_of(from, axis, x.file.size() + 1));
  const bool channels_first = x.order == channels_last_order(line ? Shape{x.file[0], 1, x.file[1]} : x.file);
  if (line) return channels_first && reduced == std::set<std::size_t>{2};
  return reduced == (channels_first ? std::set<std::size_t>{2, 3} : std::set<std::size_t>{1, 2});
}

// ReduceMean or ReduceMax over the vectors of a row, such as those of an embedding.
bool NodeImport::is_mean_of_vectors(std::size_t node) const {
  const GraphNode& from = graph_.nodes[node];
  if (from.op != "ReduceMean" && from.op != "ReduceMax") return false;
  const ImportedValue x = operand(node, 0);
  if (x.file.size() != 2 || !x.is_whole() || !x.order.empty()) return false;
  Operands operands{nullptr};
  if (is_constant(node, 1)) operands.push_back(&constant(node, 1));
  const auto axes = numbers_of(from, operands, "axes", 1);
  return axes && axes->size() == 1 && axis_of(from, axes->front(), 3) == 1;
}

void NodeImport::pool_vectors(std::size_t node) {
  const ImportedValue x = operand(node, 0);
  std::string image = x.layer;
  if (x.ours.size() != 3 || x.ours.back() != x.file[1])
    image = builder_.add(Reshape{.shape = {x.file[0], 1, x.file[1]}}, {image});
  const bool mean = graph_.nodes[node].op == "ReduceMean";
  define(node, mean ? builder_.add(GlobalAveragePooling2d{}, {image}) : builder_.add(GlobalMaxPooling2d{}, {image}),
         {x.file[1]});
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

}  // namespace millrace
