// SPDX-License-Identifier: Apache-2.0
#include "report/measure/raw_columns.hpp"

#include <algorithm>
#include <cmath>

#include "report/charts/axis.hpp"
#include "table/value.hpp"

namespace millrace::report {

std::string unnamed_column(std::int64_t column) { return "column " + std::to_string(column + 1); }

RawColumns::RawColumns(const Model& model, const MeasuredRows& rows) : rows_(rows) {
  const Dataset& data = *rows.data;
  if (rows.table == nullptr) {
    for (std::int64_t c = 0; c < data.features.columns; ++c)
      columns_.push_back({c < std::ssize(data.feature_names) ? data.feature_names[c] : unnamed_column(c)});
    return;
  }
  std::vector<std::string> names;
  for (const TableColumn& column : model.table_columns()) names.push_back(column.name);
  if (names.empty()) names = data.feature_names;
  for (const std::string& name : names) {
    const TableColumn& column = rows.table->column(name);
    columns_.push_back({column.name, column.kind, column.levels});
    places_.push_back(&column);
  }
}

double RawColumns::value(std::int64_t column, std::int64_t r) const {
  const std::int64_t row = rows_.data->table_row(r);
  if (places_.empty()) return double{rows_.data->features.row(row)[column]};
  return table_value(*rows_.table, *places_[column], row);
}

std::vector<std::int64_t> sample_of(std::int64_t rows, std::int64_t most) {
  std::vector<std::int64_t> sample(std::min(rows, most));
  for (std::int64_t i = 0; i < std::ssize(sample); ++i) sample[i] = i * rows / std::ssize(sample);
  return sample;
}

double rounded(double value, double spread) {
  if (!(spread > 0) || !std::isfinite(spread)) return value;
  const double step = round_step(spread / 50);
  return std::round(value / step) * step;
}

}  // namespace millrace::report
