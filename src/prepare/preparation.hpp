// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const Preparation preparation = Preparation::fit_standard(parts.train);
//   const Dataset ready = preparation.apply(parts.train, 0);   // and the same for validation and prediction
//   preparation.apply(raw, rows, columns, prepared);           // a few rows at a time
//
// What is done to raw feature columns before the first layer: which ones go where, and their scale. It is part of the
// exported network: one Sub, one Div an input.
#pragma once

#include <cstdint>
#include <vector>

#include "millrace/data.hpp"

namespace millrace {

struct Preparation {
  std::vector<float> mean, scale;     ///< one a prepared column; both empty: the numbers stay as they are
  std::vector<std::int64_t> columns;  ///< the raw column that each prepared one is made of; empty: all, in order

  /// Mean and standard deviation of every feature column, as scikit-learn's StandardScaler has them: over the
  /// population (ddof 0), in double, weights left aside, 1 as the scale of a column that does not vary.
  [[nodiscard]] static Preparation fit_standard(const Dataset& training);

  /// The same for columns of the prepared set, some of which (`unscaled`, one a column) stay as they are: categories.
  [[nodiscard]] Preparation select(const std::vector<std::int64_t>& chosen, const std::vector<bool>& unscaled) const;

  [[nodiscard]] bool empty() const { return mean.empty() && columns.empty(); }

  /// out = (in - mean) / scale, both row-major and dense; in == out is allowed without `columns`. Two roundings an
  /// element, in this order, as ONNX's Sub and Div do it: the same bits. Throws Error{usage} for another column count.
  void apply(const float* in, std::int64_t rows, std::int64_t raw, float* out) const;

  /// The set with prepared features, in memory of its own: the raw table may go. A selection is resolved, the rows of
  /// features, targets and weights lie one after the other. Without preparation and selection, the set as it is.
  /// threads: workers; 0: one per processor.
  [[nodiscard]] Dataset apply(const Dataset& data, int threads) const;

  /// One row of `raw` columns, unchecked.
  void prepare_row(const float* in, std::int64_t raw, float* out) const;

  /// Throws Error{usage} unless it prepares rows of `count` raw columns.
  void check_columns(std::int64_t count) const;

 private:
  [[nodiscard]] std::int64_t width(std::int64_t raw) const;
};

}  // namespace millrace
