// SPDX-License-Identifier: Apache-2.0
#include "export/column_operators.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>
#include <utility>

namespace millrace {

namespace {

// Values of the attribute "to" that only other makers write.
constexpr std::int64_t cast_to_int32 = 6, cast_to_truth = 9;

// A list of the node that must be there.
template <class Element>
const std::vector<Element>& list_of(const GraphNode& node, const char* name) {
  const auto at = node.attributes.find(name);
  const auto* list = at == node.attributes.end() ? nullptr : std::get_if<std::vector<Element>>(&at->second);
  if (list == nullptr) refuse(node, "attribute " + std::string(name) + " is missing or of another type");
  return *list;
}

bool has(const GraphNode& node, const std::string& name) { return node.attributes.contains(name); }

// Values of a LabelEncoder: floats or whole numbers, and the last one for everything else.
std::vector<double> label_values(const GraphNode& node) {
  std::vector<double> values;
  if (has(node, "values_floats")) {
    const std::vector<float>& list = list_of<float>(node, "values_floats");
    values.assign(list.begin(), list.end());
    values.push_back(attribute(node, "default_float", -0.0));
  } else {
    const std::vector<std::int64_t>& list = list_of<std::int64_t>(node, "values_int64s");
    values.assign(list.begin(), list.end());
    values.push_back(attribute(node, "default_int64", -1));
  }
  return values;
}

template <class Key, class Keys>
std::vector<double> encoded(const GraphNode& node, const Keys& keys, const std::vector<Key>& cells) {
  const std::vector<double> values = label_values(node);
  if (keys.size() + 1 != values.size())
    refuse(node, std::to_string(keys.size()) + " keys and " + std::to_string(values.size() - 1) +
                     " values, expected the same number");
  std::unordered_map<Key, double> table;  // in which NaN is never found
  for (std::size_t i = 0; i < keys.size(); ++i) table.emplace(static_cast<Key>(keys[i]), values[i]);
  std::vector<double> result;
  result.reserve(cells.size());
  for (const Key& cell : cells) {
    const auto at = table.find(cell);
    result.push_back(at == table.end() ? values.back() : at->second);
  }
  return result;
}

}  // namespace

DoubleTensor where(const GraphNode& node, const Operands& in) {
  const DoubleTensor &chosen = *in.at(0), &yes = *in.at(1), &no = *in.at(2);
  DoubleTensor y{broadcast_shape(node, in), {}, {}, yes.type};
  const std::vector<std::size_t> from_chosen = broadcast_places(chosen.shape, y.shape),
                                 from_yes = broadcast_places(yes.shape, y.shape),
                                 from_no = broadcast_places(no.shape, y.shape);
  y.values.resize(from_chosen.size());
  for (std::size_t i = 0; i < y.values.size(); ++i)
    y.values[i] = chosen.values[from_chosen[i]] != 0 ? yes.values[from_yes[i]] : no.values[from_no[i]];
  return y;
}

DoubleTensor cast(const GraphNode& node, const Operands& in) {
  DoubleTensor y = *in.at(0);
  switch (whole_attribute(node, "to", 0)) {
    case cast_to_real32:
      y.type = ValueType::real32;
      std::ranges::transform(y.values, y.values.begin(), in_single);
      break;
    case cast_to_real16:
      y.type = ValueType::real16;  // rounded by the evaluator
      break;
    case cast_to_real64:
      y.type = ValueType::real64;
      break;
    case cast_to_int32:
    case cast_to_int64:
      y.type = ValueType::int64;
      std::ranges::transform(y.values, y.values.begin(), [](double value) { return std::trunc(value); });
      break;
    case cast_to_truth:
      y.type = ValueType::int64;
      std::ranges::transform(y.values, y.values.begin(), [](double value) { return value != 0 ? 1.0 : 0.0; });
      break;
    default:
      refuse(node, "the type is another one than FLOAT, FLOAT16, DOUBLE and INT64");
  }
  return y;
}

DoubleTensor encode_labels(const GraphNode& node, const Operands& in) {
  const DoubleTensor& x = *in.at(0);
  const bool text = has(node, "keys_strings");
  if (text != (x.type == ValueType::text)) refuse(node, "keys and input are not of the same type");
  DoubleTensor y{x.shape, {}, {}, has(node, "values_floats") ? ValueType::real32 : ValueType::int64};
  if (text)
    y.values = encoded(node, list_of<std::string>(node, "keys_strings"), x.texts);
  else if (has(node, "keys_floats"))
    y.values = encoded(node, list_of<float>(node, "keys_floats"), x.values);
  else
    y.values = encoded(node, list_of<std::int64_t>(node, "keys_int64s"), x.values);
  return y;
}

DoubleTensor arg_max(const GraphNode& node, const Operands& in) {
  const DoubleTensor& x = *in.at(0);
  if (x.shape.empty() || x.shape.back() < 1 || attribute(node, "axis", 0) + 1 != static_cast<double>(x.shape.size()))
    refuse(node, "axis is another one than the last");
  DoubleTensor y{x.shape, {}, {}, ValueType::int64};
  if (attribute(node, "keepdims", 1) != 0)
    y.shape.back() = 1;
  else
    y.shape.pop_back();
  for (auto row = x.values.begin(); row != x.values.end(); row += x.shape.back())
    y.values.push_back(static_cast<double>(std::max_element(row, row + x.shape.back()) - row));
  return y;
}

}  // namespace millrace
