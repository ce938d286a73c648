// SPDX-License-Identifier: Apache-2.0
//
// Operators of ai.onnx.ml that scikit-learn's encoders and imputers become. millrace does not write them.
#include <algorithm>
#include <cmath>

#include "export/operator_support.hpp"

namespace millrace {

namespace {

template <class T>
std::vector<T> list_attribute(const GraphNode& node, const std::string& name) {
  const auto at = node.attributes.find(name);
  const auto* list = at == node.attributes.end() ? nullptr : std::get_if<std::vector<T>>(&at->second);
  return list == nullptr ? std::vector<T>{} : *list;
}

// For each element a row with a one at the place of its category; all zeros for another one.
DoubleTensor one_hot_encoder(const GraphNode& node, const Operands& in) {
  const DoubleTensor& x = *in.at(0);
  const auto texts = list_attribute<std::string>(node, "cats_strings");
  const auto numbers = list_attribute<std::int64_t>(node, "cats_int64s");
  const bool text = x.type == ValueType::text;
  const std::size_t count = text ? texts.size() : numbers.size(), elements = text ? x.texts.size() : x.values.size();
  if (count == 0) refuse(node, "has no categories of the type of its input");
  DoubleTensor y{x.shape, {}};
  y.shape.push_back(static_cast<std::int64_t>(count));
  for (std::size_t i = 0; i < elements; ++i)
    for (std::size_t k = 0; k < count; ++k)
      y.values.push_back(text ? (x.texts[i] == texts[k] ? 1 : 0)
                              : (x.values[i] == static_cast<double>(numbers[k]) ? 1 : 0));
  return y;
}

// Replaces NaN, or another number, by one number or one a column.
DoubleTensor imputer(const GraphNode& node, const Operands& in) {
  DoubleTensor y = *in.at(0);
  std::vector<double> fill;
  for (const float value : list_attribute<float>(node, "imputed_value_floats"))
    fill.push_back(static_cast<double>(value));
  for (const std::int64_t value : list_attribute<std::int64_t>(node, "imputed_value_int64s"))
    fill.push_back(static_cast<double>(value));
  const std::size_t columns = y.shape.empty() ? 0 : static_cast<std::size_t>(y.shape.back());
  if (fill.empty() || columns == 0 || (fill.size() != 1 && fill.size() != columns))
    refuse(node, std::to_string(fill.size()) + " numbers to fill in for " + std::to_string(columns) + " columns");
  const double replaced = attribute(node, "replaced_value_float", std::nan(""));
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    const bool missing = std::isnan(replaced) ? std::isnan(y.values[i]) : y.values[i] == replaced;
    if (missing) y.values[i] = fill[fill.size() == 1 ? 0 : i % columns];
  }
  return y;
}

// Elements along the last axis.
DoubleTensor feature_extractor(const GraphNode& node, const Operands& in) {
  const DoubleTensor& x = *in.at(0);
  if (x.shape.empty() || in.size() < 2) refuse(node, "has no elements to choose from");
  std::vector<std::int64_t> chosen;
  for (const double place : in[1]->values) {
    if (!(place >= 0 && place < static_cast<double>(x.shape.back())))
      refuse(node, "element " + std::to_string(place) + " of " + std::to_string(x.shape.back()));
    chosen.push_back(static_cast<std::int64_t>(place));
  }
  return chosen_along(node, x, x.shape.size() - 1, chosen);
}

}  // namespace

OperatorTable encoder_operators() {
  return {{"OneHotEncoder", {one_hot_encoder, {.texts = true}}},
          {"Imputer", imputer},
          {"ArrayFeatureExtractor", {feature_extractor, {.least = 2, .texts = true}}}};
}

}  // namespace millrace
