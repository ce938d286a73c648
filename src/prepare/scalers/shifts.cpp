// SPDX-License-Identifier: Apache-2.0
//
// Scalers that shift and divide; they differ in how they find the two numbers. Formulas as scikit-learn's StandardScaler,
// MinMaxScaler (to 0 .. 1) and RobustScaler.
#include "prepare/scalers/shift.hpp"

namespace millrace {

namespace {

struct Standard : NoOptions {
  static constexpr std::string_view op = "standard", summary = "subtracts the mean, divides by the standard deviation";
};
struct MinMax : NoOptions {
  static constexpr std::string_view op = "minmax", summary = "maps the least value to 0 and the greatest to 1";
};
struct Robust : NoOptions {
  static constexpr std::string_view op = "robust",
                                    summary = "subtracts the median, divides by the distance of the quartiles";
};

class StandardScaler final : public Shift {
 public:
  using Shift::Shift;
  StandardScaler(const Standard&, const ColumnValues& values) : Shift(fitted(values.mean(), values.deviation())) {}
};

class MinMaxScaler final : public Shift {
 public:
  using Shift::Shift;
  MinMaxScaler(const MinMax&, const ColumnValues& values)
      : Shift(fitted(values.least(), values.most() - values.least())) {}
};

class RobustScaler final : public Shift {
 public:
  using Shift::Shift;
  RobustScaler(const Robust&, const ColumnValues& values)
      : Shift(fitted(values.quantile(0.5), values.quantile(0.75) - values.quantile(0.25))) {}
};

}  // namespace

ScalerRow standard_row() { return scaler_row_of<Standard, StandardScaler>(); }
ScalerRow minmax_row() { return scaler_row_of<MinMax, MinMaxScaler>(); }
ScalerRow robust_row() { return scaler_row_of<Robust, RobustScaler>(); }

}  // namespace millrace
