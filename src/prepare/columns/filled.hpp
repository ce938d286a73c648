// SPDX-License-Identifier: Apache-2.0
//
// A missing value in fp32: what stands for it, and a prepared column that says where one was.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "ops/graph_node.hpp"

namespace millrace {

struct Filled {
  float fill = 0;
  bool indicator = false;

  /// From and to the numbers of a file: the fill, and whether there is an indicator.
  [[nodiscard]] static Filled from(const std::vector<double>& numbers) {
    return {static_cast<float>(numbers[0]), numbers[1] != 0};
  }
  [[nodiscard]] std::vector<double> numbers() const { return {fill, indicator ? 1.0 : 0.0}; }
  /// Names of the prepared columns of column `name`.
  [[nodiscard]] std::vector<std::string> names(const std::string& name) const {
    if (indicator) return {name, name + " is missing"};
    return {name};
  }

  [[nodiscard]] float value(float cell) const { return std::isnan(cell) ? fill : cell; }
  void indicate(bool missing, float* out) const {
    if (indicator) *out = missing ? 1.0F : 0.0F;
  }
};

/// Adds nodes for `input`, [batch x 1]: which cells are missing (bool).
inline std::string missing_to_onnx(PlainGraph& graph, const std::string& name, const std::string& input) {
  return graph.add("IsNaN", name + "/missing", {input});
}

/// Adds the prepared column that says where a value was missing behind `value`, if there is one.
inline std::string indicated_to_onnx(PlainGraph& graph, const std::string& name, const Filled& filled,
                                     const std::string& missing, const std::string& value) {
  if (!filled.indicator) return value;
  const std::string flag = graph.add("Cast", name + "/was_missing", {missing}, {{"to", cast_to_real32}});
  return graph.add("Concat", name + "/prepared", {value, flag}, {{"axis", std::int64_t{1}}});
}

}  // namespace millrace
