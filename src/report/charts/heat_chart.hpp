// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   heat_chart({.title = "dense_1", .x_label = "epoch", .y_label = "weight", .columns = {{1, -0.5, 0.5, {3, 9, 2}}}})
//
// Histograms side by side, as shades: how a distribution changes.
#pragma once

#include <string>
#include <vector>

namespace millrace::report {

/// Counts of values in equal parts of the range from `low` to `high`, at the place `x`.
struct HeatColumn {
  double x = 0, low = 0, high = 0;
  std::vector<double> counts;
};

struct HeatChart {
  std::string title;
  std::string x_label, y_label;
  std::vector<HeatColumn> columns;  ///< in ascending order of x
  std::string says;                 ///< markup
};

/// The figure. Darker: a larger share of the column, by the square root of the share. At most 60 columns are drawn, evenly
/// spaced, with the first and the last.
[[nodiscard]] std::string heat_chart(const HeatChart& chart);

}  // namespace millrace::report
