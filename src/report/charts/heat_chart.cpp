// SPDX-License-Identifier: Apache-2.0
#include "report/charts/heat_chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "report/charts/frame.hpp"
#include "report/html.hpp"

namespace millrace::report {

namespace {

constexpr std::size_t most_columns = 60, levels = 8, bins = 40;

// Columns at even distances along the axis: for each place the last one that is not beyond it.
std::vector<HeatColumn> chosen(std::vector<HeatColumn> columns) {
  std::erase_if(columns, [](const HeatColumn& column) { return column.counts.empty(); });
  const std::size_t count = std::min(columns.size(), most_columns);
  if (count < 2) return columns;
  std::vector<HeatColumn> drawn;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = columns.front().x +
                     (columns.back().x - columns.front().x) * static_cast<double>(i) / static_cast<double>(count - 1);
    drawn.push_back(*std::prev(std::ranges::upper_bound(columns, x + 1e-6, {}, &HeatColumn::x)));
  }
  return drawn;
}

// The shares of a column's values in equal parts of the axis. Values are spread evenly over their own part.
std::array<double, bins> shares_of(const HeatColumn& column, const Axis& axis) {
  std::array<double, bins> shares{};
  const double total = std::accumulate(column.counts.begin(), column.counts.end(), 0.0);
  const double scale = static_cast<double>(bins) / (axis.most - axis.least);
  const double own = (column.high - column.low) / static_cast<double>(column.counts.size());
  for (std::size_t i = 0; i < column.counts.size() && total > 0; ++i) {
    const double begin = std::clamp((column.low + own * static_cast<double>(i) - axis.least) * scale, 0.0,
                                    static_cast<double>(bins) - 1e-9);
    const double end = std::clamp(begin + std::max(own * scale, 1e-9), begin, static_cast<double>(bins));
    for (auto bin = static_cast<std::size_t>(begin); bin < bins && static_cast<double>(bin) < end; ++bin) {
      const double overlap = std::min(end, static_cast<double>(bin + 1)) - std::max(begin, static_cast<double>(bin));
      shares[bin] += column.counts[i] / total * overlap / (end - begin);
    }
  }
  return shares;
}

}  // namespace

std::string heat_chart(const HeatChart& chart) {
  const std::vector<HeatColumn> columns = chosen(chart.columns);
  if (columns.empty())
    return figure(chart.title, "", paragraph("There is no finite number to draw.", "none") + chart.says);
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (const HeatColumn& column : columns) {
    least = std::min(least, column.low);
    most = std::max(most, column.high);
  }
  Frame frame{.x = {.least = columns.front().x, .most = columns.back().x},
              .y = axis_around(least, most, false),
              .x_label = chart.x_label,
              .y_label = chart.y_label};
  if (columns.size() == 1) frame.x = axis_around(columns[0].x, columns[0].x, false);
  frame.place();
  std::vector<std::array<double, bins>> shares;
  double largest = 0;
  for (const HeatColumn& column : columns) {
    shares.push_back(shares_of(column, frame.y));
    largest = std::max(largest, *std::ranges::max_element(shares.back()));
  }
  // One path a shade, of upright bars: a tenth of the bytes of a rectangle a cell.
  std::array<std::string, levels> paths;
  // Neighbours share the text of their edge: a rounded width would leave gaps between them.
  const auto edge = [&](std::size_t column) {
    return place_text(frame.x.begin + (frame.x.end - frame.x.begin) * static_cast<double>(column) /
                                          static_cast<double>(columns.size()));
  };
  const double height = (frame.y.begin - frame.y.end) / static_cast<double>(bins);
  const auto level_of = [&](double share) {
    return share <= 0 ? 0 : std::max<std::size_t>(1, std::llround(std::sqrt(share / largest) * double{levels}));
  };
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t bin = 0; bin < bins;) {
      const std::size_t level = level_of(shares[c][bin]);
      std::size_t end = bin + 1;
      while (end < bins && level_of(shares[c][end]) == level) ++end;
      if (level > 0)
        paths[level - 1] += "M" + edge(c) + " " + place_text(frame.y.begin - height * static_cast<double>(bin)) + "V" +
                            place_text(frame.y.begin - height * static_cast<double>(end)) + "H" + edge(c + 1) + "V" +
                            place_text(frame.y.begin - height * static_cast<double>(bin)) + "z";
      bin = end;
    }
  }
  std::string picture = frame.begin(chart.title);
  for (std::size_t level = 0; level < levels; ++level) {
    if (!paths[level].empty())
      picture += "<path class=\"fill heat\" fill-opacity=\"" + place_text(0.1 + 0.9 * double(level) / (levels - 1)) +
                 "\" d=\"" + paths[level] + "\"/>\n";
  }
  return figure(chart.title, picture + "</svg>", chart.says);
}

}  // namespace millrace::report
