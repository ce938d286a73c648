// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "prepare/scalers/scaler.hpp"

namespace millrace {

// One row a scaler, each defined in the file of its family.
ScalerRow standard_row();
ScalerRow minmax_row();
ScalerRow robust_row();
ScalerRow quantile_row();
ScalerRow log1p_row();
ScalerRow none_row();

std::span<const ScalerRow> scaler_table() {
  static const std::vector<ScalerRow> table{standard_row(), minmax_row(), robust_row(),
                                            quantile_row(), log1p_row(),  none_row()};
  return table;
}

const ScalerRow& scaler_row(std::string_view name) { return find_row(scaler_table(), "scale", name); }

OpConfig parse_scaler(const std::string& text) { return parse_named(text, &scaler_row); }

std::shared_ptr<const Scaler> fit_scaler(const OpConfig& config, const ColumnValues& values) {
  return scaler_row(config.op).fit(config, values);
}

namespace detail {

void check_scaler_numbers(std::string_view name, std::span<const double> numbers, std::size_t count) {
  bool good = numbers.size() == count;
  for (const double number : numbers) good = good && std::isfinite(number);
  if (!good)
    fail(ErrorKind::usage, name,
         "the scale has " + counted(numbers.size(), "number") + ", expected " + std::to_string(count) + " finite ones");
}

}  // namespace detail

}  // namespace millrace
