// SPDX-License-Identifier: Apache-2.0
//
// Operators that move numbers without computing any.
#include <algorithm>
#include <cmath>
#include <limits>

#include "export/operator_support.hpp"

namespace millrace {

namespace {

DoubleTensor reshaped(const GraphNode& node, const DoubleTensor& x, Shape shape) {
  const bool negative = std::ranges::any_of(shape, [](std::int64_t extent) { return extent < 0; });
  const auto elements = static_cast<std::int64_t>(std::max(x.values.size(), x.texts.size()));
  if (negative || element_count(shape) != elements)
    refuse(node, std::to_string(elements) + " elements do not have shape " + shape_text(shape));
  return {std::move(shape), x.values, x.texts, x.type};
}

// 0 keeps the extent of the input at this place, -1 takes what is left.
DoubleTensor reshape(const GraphNode& node, const Operands& in) {
  const DoubleTensor& x = *in.at(0);
  Shape shape, known;
  for (const double extent : in.at(1)->values) {
    const std::size_t d = shape.size();
    const bool kept = extent == 0 && attribute(node, "allowzero", 0) == 0 && d < x.shape.size();
    shape.push_back(kept ? x.shape[d] : whole(node, extent));
    if (shape.back() > 0) known.push_back(shape.back());
  }
  for (std::int64_t& extent : shape) extent = extent == -1 ? element_count(x.shape) / element_count(known) : extent;
  return reshaped(node, x, shape);
}

DoubleTensor flatten(const GraphNode& node, const Operands& in) {
  const DoubleTensor& x = *in.at(0);
  const auto axis = whole_attribute(node, "axis", 1);
  const std::size_t at = axis == std::ssize(x.shape) ? x.shape.size() : axis_of(node, axis, x.shape.size());
  const std::int64_t rows = element_count(Shape(x.shape.begin(), x.shape.begin() + static_cast<std::ptrdiff_t>(at)));
  return reshaped(node, x, {rows, std::ssize(x.values) / std::max<std::int64_t>(rows, 1)});
}

DoubleTensor squeeze(const GraphNode& node, const Operands& in) {
  const DoubleTensor& x = *in.at(0);
  const auto axes = numbers_of(node, in, "axes", 1);
  std::vector<bool> dropped(x.shape.size());
  for (std::size_t d = 0; d < x.shape.size(); ++d) dropped[d] = !axes && x.shape[d] == 1;
  for (const std::int64_t axis : axes.value_or(Shape{})) dropped[axis_of(node, axis, x.shape.size())] = true;
  Shape shape;
  for (std::size_t d = 0; d < x.shape.size(); ++d)
    if (!dropped[d]) shape.push_back(x.shape[d]);
  return reshaped(node, x, std::move(shape));
}

DoubleTensor unsqueeze(const GraphNode& node, const Operands& in) {
  const DoubleTensor& x = *in.at(0);
  const auto axes = numbers_of(node, in, "axes", 1);
  if (!axes) refuse(node, "no axes");
  std::vector<bool> added(x.shape.size() + axes->size());
  for (const std::int64_t axis : *axes) added[axis_of(node, axis, added.size())] = true;
  Shape shape;
  for (std::size_t d = 0, from = 0; d < added.size(); ++d) {
    if (!added[d] && from >= x.shape.size()) refuse(node, "axes are given twice");
    shape.push_back(added[d] ? 1 : x.shape[from++]);
  }
  return reshaped(node, x, std::move(shape));
}

DoubleTensor transpose(const GraphNode& node, const Operands& in) {
  const DoubleTensor& x = *in.at(0);
  const std::size_t rank = x.shape.size();
  std::vector<std::int64_t> reversed;
  for (std::size_t d = rank; d-- > 0;) reversed.push_back(static_cast<std::int64_t>(d));
  const std::vector<std::int64_t> order = attribute(node, "perm", reversed);
  if (!std::is_permutation(order.begin(), order.end(), reversed.begin(), reversed.end()))
    refuse(node, "perm is no order of " + std::to_string(rank) + " dimensions");
  std::vector<std::int64_t> strides(rank, 1);
  for (std::size_t d = rank; d-- > 1;) strides[d - 1] = strides[d] * x.shape[d];
  DoubleTensor y{{}, {}, {}, x.type};
  for (const std::int64_t d : order) y.shape.push_back(x.shape[static_cast<std::size_t>(d)]);
  y.values.resize(x.values.size());
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    auto rest = static_cast<std::int64_t>(i);
    std::int64_t from = 0;
    for (std::size_t d = rank; d-- > 0; rest /= y.shape[d])
      from += rest % y.shape[d] * strides[static_cast<std::size_t>(order[d])];
    y.values[i] = x.values[static_cast<std::size_t>(from)];
  }
  return y;
}

DoubleTensor concatenate(const GraphNode& node, const Operands& in) {
  const DoubleTensor& first = *in.at(0);
  const std::size_t axis = axis_of(node, whole_attribute(node, "axis", 0), first.shape.size());
  DoubleTensor y{first.shape, {}, {}, first.type};
  y.shape[axis] = 0;
  for (const DoubleTensor* part : in) {
    Shape like = part->shape;
    if (like.size() == y.shape.size()) like[axis] = y.shape[axis];
    if (like != y.shape)
      refuse(node, "inputs have shapes " + shape_text(first.shape) + " and " + shape_text(part->shape) +
                       ", expected the same but along axis " + std::to_string(axis));
    y.shape[axis] += part->shape[axis];
  }
  require_room(node, y.shape);
  const std::int64_t outer = AxisView(first.shape, axis).outer;
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const DoubleTensor* part : in) {
      const AxisView view(part->shape, axis);
      const std::int64_t count = view.extent * view.inner;
      if (part->type != first.type && (part->type == ValueType::text || first.type == ValueType::text))
        refuse(node, "joins texts and numbers");
      if (first.type == ValueType::text)
        y.texts.insert(y.texts.end(), part->texts.begin() + o * count, part->texts.begin() + (o + 1) * count);
      else
        y.values.insert(y.values.end(), part->values.begin() + o * count, part->values.begin() + (o + 1) * count);
    }
  }
  return y;
}

DoubleTensor gather(const GraphNode& node, const Operands& in) {
  const DoubleTensor &x = *in.at(0), &places = *in.at(1);
  const std::size_t axis = axis_of(node, whole_attribute(node, "axis", 0), x.shape.size());
  if (places.type == ValueType::text) refuse(node, "the rows are texts, expected whole numbers");
  std::vector<std::int64_t> chosen;
  for (const double place : places.values) {
    const double extent = static_cast<double>(x.shape[axis]);
    if (!(place >= -extent && place < extent))
      refuse(node, "row " + std::to_string(place) + " of a table of " + std::to_string(x.shape[axis]));
    chosen.push_back(static_cast<std::int64_t>(place < 0 ? place + extent : place));
  }
  DoubleTensor y = chosen_along(node, x, axis, chosen);
  const auto at = y.shape.begin() + static_cast<std::ptrdiff_t>(axis);
  y.shape.insert(y.shape.erase(at), places.shape.begin(), places.shape.end());
  return y;
}

DoubleTensor slice(const GraphNode& node, const Operands& in) {
  DoubleTensor y = *in.at(0);
  const auto starts = numbers_of(node, in, "starts", 1), ends = numbers_of(node, in, "ends", 2);
  if (!starts || !ends || starts->size() != ends->size()) refuse(node, "starts and ends do not fit together");
  const auto axes = numbers_of(node, in, "axes", 3), steps = numbers_of(node, in, "steps", 4);
  if ((axes && axes->size() != starts->size()) || (steps && steps->size() != starts->size()))
    refuse(node, "axes or steps do not fit to starts");
  for (std::size_t i = 0; i < starts->size(); ++i) {
    const std::size_t axis = axis_of(node, axes ? axes->at(i) : static_cast<std::int64_t>(i), y.shape.size());
    const std::int64_t extent = y.shape[axis], step = steps ? steps->at(i) : 1;
    if (step < 1) refuse(node, "a step of " + std::to_string(step) + ", expected 1 or more");
    const auto place = [extent](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? std::max<std::int64_t>(at, -extent) + extent : at, 0, extent);
    };
    std::vector<std::int64_t> chosen;
    for (std::int64_t at = place(starts->at(i)); at < place(ends->at(i)); at += step) chosen.push_back(at);
    y = chosen_along(node, y, axis, chosen);
  }
  return y;
}

DoubleTensor shape_of(const GraphNode& node, const Operands& in) {
  const Shape& shape = in.at(0)->shape;
  const auto rank = std::ssize(shape);
  const auto place = [&](const char* name, std::int64_t fallback) {
    const std::int64_t at = std::clamp<std::int64_t>(whole_attribute(node, name, fallback), -rank, rank);
    return at < 0 ? at + rank : at;
  };
  DoubleTensor y{{}, {}, {}, ValueType::int64};
  const std::int64_t end = place("end", rank);
  for (std::int64_t d = place("start", 0); d < end; ++d)
    y.values.push_back(static_cast<double>(shape[static_cast<std::size_t>(d)]));
  y.shape = {std::ssize(y.values)};
  return y;
}

DoubleTensor expand(const GraphNode& node, const Operands& in) {
  return broadcast(node, *in.at(0), filled(node, *in.at(1), 0), [](double x, double) { return x; });
}

}  // namespace

OperatorTable shape_operators() {
  const Operator identity = [](const GraphNode&, const Operands& in) { return *in.at(0); };
  return {{"Reshape", {reshape, {.least = 2, .texts = true}}},
          {"Flatten", flatten},
          {"Squeeze", {squeeze, {.texts = true}}},
          {"Unsqueeze", {unsqueeze, {.texts = true}}},
          {"Transpose", transpose},
          {"Concat", {concatenate, {.least = every_input, .texts = true}}},
          {"Gather", {gather, {.least = 2, .texts = true}}},
          {"Slice", slice},
          {"Shape", shape_of},
          {"Expand", {expand, {.least = 2}}},
          {"CastLike", identity}};
}

}  // namespace millrace
