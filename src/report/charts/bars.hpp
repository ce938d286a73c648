// SPDX-License-Identifier: Apache-2.0
//
// Counts as bars, and counts in two directions as shades.
#pragma once

#include <string>
#include <vector>

#include "report/run_report.hpp"

namespace millrace::report {

struct BarChart {
  std::string title;
  Histogram histogram;
  std::string x_label, says;
  bool zero = false;  ///< draw a line at 0
};
/// The figure of a histogram.
[[nodiscard]] std::string bar_chart(const BarChart& chart);

/// A histogram as a small picture within a line. says: its text for those who do not see it.
[[nodiscard]] std::string small_bars(const std::vector<double>& counts, const std::string& says);

struct ShadeChart {
  std::string title;
  std::vector<double> edges;   ///< of both axes
  std::vector<double> counts;  ///< [x bin x y bin]
  std::string x_label, y_label, says;
};
/// The figure of counts in the squares of a grid, with the diagonal. Darker: more, by the square root of the count.
[[nodiscard]] std::string shade_chart(const ShadeChart& chart);

/// A square grid of counts as a picture, without texts: rows from the top. says: its text for those who do not see it.
[[nodiscard]] std::string shade_grid(const std::vector<double>& counts, std::size_t width, const std::string& says);

}  // namespace millrace::report
