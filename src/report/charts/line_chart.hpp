// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   line_chart({.title = "Loss", .x = {.label = "epoch"}, .lines = {{"training", points, 1}}, .says = "..."})
//
// Curves as an inline SVG picture in a <figure>. Colours are variables of the page's style, so that one picture serves
// light and dark.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/charts/axis.hpp"
#include "report/charts/thin.hpp"

namespace millrace::report {

struct Line {
  std::string name;  ///< text, in the legend
  std::vector<Point> points;
  int colour = 1;      ///< from 1; lines of up to 18 colours differ also in dashes and width
  bool faint = false;  ///< a line for comparison, such as a diagonal: not in the legend
  bool dots = false;   ///< also mark each point
};

/// A marked point with a text beside it.
struct Mark {
  Point at;
  std::string text;
};

struct ChartAxis {
  std::string label{};
  std::optional<std::pair<double, double>> range{};  ///< default: that of the lines
  bool logarithmic = false;                          ///< only if all numbers are positive
  std::vector<std::string> names{};                  ///< of the whole numbers from 0, instead of numbers
};

struct LineChart {
  std::string title;  ///< text
  ChartAxis x{}, y{};
  std::vector<Line> lines;
  std::optional<Mark> mark{};
  std::string says;      ///< markup: the numbers of the picture in words
  std::string moving{};  ///< id of a second mark, which the script moves; empty: none
};

/// The figure; without any finite point, a paragraph that says so.
[[nodiscard]] std::string line_chart(const LineChart& chart);

}  // namespace millrace::report
