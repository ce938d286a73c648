// SPDX-License-Identifier: Apache-2.0
//
// Operators on shapes and places that millrace does not write: files of other makers have them.
#include <algorithm>

#include "export/operator_support.hpp"

namespace millrace {

namespace {

DoubleTensor constant_of_shape(const GraphNode& node, const Operands& in) {
  return filled(node, *in.at(0), attribute(node, "value", 0));
}

DoubleTensor dropout(const GraphNode& node, const Operands& in) {
  const bool training = in.size() > 2 && in[2] != nullptr && !in[2]->values.empty() && in[2]->values[0] != 0;
  if (training) refuse(node, "training mode is set, expected a model for inference");
  return *in.at(0);
}

// Consecutive parts along an axis: as long as `split` says, or of equal length.
std::vector<DoubleTensor> split(const GraphNode& node, const Operands& in) {
  const DoubleTensor& x = *in.at(0);
  const std::size_t axis = axis_of(node, whole_attribute(node, "axis", 0), x.shape.size());
  const std::int64_t extent = x.shape[axis], count = std::ssize(node.outputs), each = (extent + count - 1) / count;
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(count), each);
  lengths.back() = extent - each * (count - 1);
  lengths = numbers_of(node, in, "split", 1).value_or(lengths);
  std::int64_t first = 0;
  std::vector<DoubleTensor> parts;
  for (const std::int64_t length : lengths) {
    std::vector<std::int64_t> chosen;
    if (length < 0 || length > extent - first) refuse(node, "parts of more than " + std::to_string(extent));
    for (std::int64_t i = 0; i < length; ++i) chosen.push_back(first++);
    parts.push_back(chosen_along(node, x, axis, chosen));
  }
  if (std::ssize(parts) != count || first != extent) refuse(node, "parts that do not add up to the whole");
  return parts;
}

// For each index of x a row with on_value at its place.
DoubleTensor one_hot(const GraphNode& node, const Operands& in) {
  const DoubleTensor& x = *in.at(0);
  const std::int64_t axis = whole_attribute(node, "axis", -1);
  constexpr double most = 1e6;
  if (in.size() < 3 || in[1]->values.size() != 1 || in[2]->values.size() != 2 || !(in[1]->values[0] >= 0) ||
      in[1]->values[0] > most)
    refuse(node, "depth or values are not as expected");
  if (axis != -1 && axis != std::ssize(x.shape))
    refuse(node, "axis " + std::to_string(axis) + ", expected the last one");
  const auto depth = static_cast<std::int64_t>(in[1]->values[0]);
  DoubleTensor y{x.shape, {}};
  y.shape.push_back(depth);
  require_room(node, y.shape);
  for (const double index : x.values)
    for (std::int64_t k = 0; k < depth; ++k)
      y.values.push_back(
          in[2]->values[static_cast<double>(k) == (index < 0 ? index + in[1]->values[0] : index) ? 1 : 0]);
  return y;
}

// Zeros around an image, or another constant.
DoubleTensor pad(const GraphNode& node, const Operands& in) {
  DoubleTensor y = *in.at(0);
  const std::string mode = text_attribute(node, "mode");
  const auto pads = numbers_of(node, in, "pads", 1);
  const std::size_t rank = y.shape.size();
  if (!pads || pads->size() != 2 * rank || (!mode.empty() && mode != "constant") || (in.size() > 3 && in[3] != nullptr))
    refuse(node, "mode '" + mode + "' or axes, expected a constant around all axes");
  const bool given = in.size() > 2 && in[2] != nullptr && !in[2]->values.empty();
  const double value = given ? in[2]->values[0] : attribute(node, "value", 0);
  constexpr std::int64_t most = 100'000;
  for (std::size_t d = 0; d < rank; ++d) {
    const std::int64_t before = (*pads)[d], after = (*pads)[d + rank];
    if (before == 0 && after == 0) continue;
    if (before < 0 || after < 0 || before > most || after > most) refuse(node, "pads by " + shape_text(*pads));
    const AxisView view(y.shape, d);
    DoubleTensor wider{y.shape, {}, {}, y.type};
    wider.shape[d] += before + after;
    require_room(node, wider.shape);
    for (std::int64_t o = 0; o < view.outer; ++o) {
      const auto begin = y.values.begin() + o * view.extent * view.inner;
      wider.values.insert(wider.values.end(), static_cast<std::size_t>(before * view.inner), value);
      wider.values.insert(wider.values.end(), begin, begin + view.extent * view.inner);
      wider.values.insert(wider.values.end(), static_cast<std::size_t>(after * view.inner), value);
    }
    y = std::move(wider);
  }
  return y;
}

}  // namespace

OperatorTable foreign_shape_operators() {
  return {{"ConstantOfShape", constant_of_shape},
          {"Dropout", dropout},
          {"Split", split},
          {"OneHot", {one_hot, {.least = 3}}},
          {"Pad", pad}};
}

}  // namespace millrace
