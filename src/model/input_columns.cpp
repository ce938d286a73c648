// SPDX-License-Identifier: Apache-2.0
#include "model/input_columns.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"

namespace millrace {

std::vector<std::int64_t> columns_of(const GraphInput& input, std::int64_t count,
                                     const std::vector<std::string>& names) {
  std::vector<std::int64_t> columns;
  for (const std::string& name : input.columns) {
    const auto at = std::find(names.begin(), names.end(), name);
    if (names.empty())
      fail(ErrorKind::usage, input.name,
           "takes columns by name, but the data has no names, expected positions: ColumnRange{.first, .count}");
    if (at == names.end())
      fail(ErrorKind::usage, input.name, unknown_name("column", name, {names.begin(), names.end()}));
    columns.push_back(at - names.begin());
  }
  if (!columns.empty()) return columns;
  const bool all = input.range == ColumnRange{};
  const ColumnRange range = all ? ColumnRange{0, count} : input.range;
  if (range.first < 0 || range.count < 1 || range.first > count - range.count) {
    fail(ErrorKind::usage, input.name,
         "takes " + counted(range.count, "column") + " from number " + std::to_string(range.first) +
             " on, and the data has " + std::to_string(count) + " feature columns, expected a range of these");
  }
  for (std::int64_t c = 0; c < range.count; ++c) columns.push_back(range.first + c);
  return columns;
}

std::vector<GraphInput> described_inputs(const ModelCard& card) {
  std::vector<GraphInput> inputs;
  for (std::size_t i = 0; i < card.network.inputs.size(); ++i) {
    GraphInput& input = inputs.emplace_back(GraphInput{.name = card.network.inputs[i].name});
    const std::vector<std::int64_t>& columns = card.columns[i];
    if (card.network.inputs.size() == 1 && takes_all_columns(card)) continue;
    input.range = {columns[0], std::ssize(columns)};
    for (const std::int64_t column : columns) {
      if (column < std::ssize(card.feature_names)) input.columns.push_back(card.feature_names[column]);
    }
  }
  return inputs;
}

}  // namespace millrace
