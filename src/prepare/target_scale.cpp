// SPDX-License-Identifier: Apache-2.0
#include "prepare/target_scale.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "table/checks.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "scale_target";

const ScalerRow& invertible_row(const std::string& way) {
  const ScalerRow& row = scaler_row(way);
  if (row.invertible) return row;
  std::vector<std::string_view> known;
  for (const ScalerRow& other : scaler_table())
    if (other.invertible) known.push_back(other.name);
  fail(ErrorKind::usage, who, "'" + way + "' cannot be undone, expected one of " + join(known) + ", auto");
}

}  // namespace

TargetScale TargetScale::fit(const Dataset& training, const std::string& way) {
  const OpConfig config = parse_scaler(way);
  const ScalerRow& row = invertible_row(config.op);
  TargetScale result;
  result.way_ = config.op;
  for (std::int64_t column = 0; column < training.targets.columns; ++column) {
    std::vector<double> values;
    for (std::int64_t r = 0; r < training.rows(); ++r) {
      const float value = training.targets.row(training.table_row(r))[column];
      if (!std::isfinite(value))
        fail(
            ErrorKind::data, who,
            "a target of " + place_of_row(training, training.table_row(r)) + " is not finite, expected finite numbers");
      values.push_back(static_cast<double>(value));
    }
    result.scalers_.push_back(row.fit(config, {std::move(values), 0}));
  }
  return result;
}

TargetScale TargetScale::restore(const std::string& way, const std::vector<std::vector<double>>& numbers) {
  TargetScale result;
  result.way_ = way;
  for (const std::vector<double>& of_output : numbers)
    result.scalers_.push_back(invertible_row(way).restore(of_output));
  return result;
}

std::vector<std::vector<double>> TargetScale::numbers() const {
  std::vector<std::vector<double>> all;
  for (const auto& scaler : scalers_) all.push_back(scaler->numbers());
  return all;
}

Dataset TargetScale::scaled(const Dataset& data) const {
  if (data.targets.rows == 0) return data;
  if (data.targets.columns != outputs()) {
    fail(ErrorKind::usage, who,
         "the data has " + std::to_string(data.targets.columns) + " target columns, expected " +
             std::to_string(outputs()) + ", as in training");
  }
  Matrix targets(data.targets.rows, data.targets.columns);
  for (std::int64_t row = 0; row < targets.rows(); ++row) {
    for (std::int64_t output = 0; output < targets.columns(); ++output)
      targets.row(row)[output] = scalers_[output]->scaled(data.targets.row(row)[output]);
  }
  Dataset result = data;
  result.targets = targets.view();
  result.owners.push_back(targets.owner());
  return result;
}

void TargetScale::check_outputs(std::int64_t width) const {
  if (outputs() == width) return;
  fail(ErrorKind::usage, who,
       "the scale is of " + std::to_string(outputs()) + " target columns and the model has " + std::to_string(width) +
           " outputs, expected the same number");
}

void TargetScale::undo(Matrix& outputs) const {
  check_outputs(outputs.columns());
  for (std::int64_t row = 0; row < outputs.rows(); ++row) {
    for (std::int64_t output = 0; output < outputs.columns(); ++output)
      outputs.row(row)[output] = own(output, outputs.row(row)[output]);
  }
}

void TargetScale::to_onnx(PlainGraph& graph, const std::string& input, const std::string& output) const {
  std::vector<std::string> columns;
  for (std::int64_t i = 0; i < outputs(); ++i) {
    const std::string name = "target/" + std::to_string(i);
    std::string column = input;
    if (outputs() > 1) {
      const std::string index = graph.add_integers(name + "/index", {1}, {i});
      column = graph.add("Gather", name + "/column", {input, index}, {{"axis", std::int64_t{1}}});
    }
    columns.push_back(scalers_[i]->inverse_to_onnx(graph, name, column));
  }
  if (outputs() == 1)
    graph.add("Identity", output, {columns[0]});
  else
    graph.add("Concat", output, columns, {{"axis", std::int64_t{1}}});
}

}  // namespace millrace
