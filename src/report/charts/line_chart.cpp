// SPDX-License-Identifier: Apache-2.0
#include "report/charts/line_chart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/charts/frame.hpp"
#include "report/html.hpp"

namespace millrace::report {

namespace {

struct Range {
  double least = std::numeric_limits<double>::infinity(), most = -std::numeric_limits<double>::infinity();
  void add(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

bool is_drawn(const Point& point) { return std::isfinite(point.x) && std::isfinite(point.y); }

Axis axis_of(const ChartAxis& wanted, const Range& found) {
  if (wanted.range) return {.least = wanted.range->first, .most = wanted.range->second};
  return axis_around(found.least, found.most, wanted.logarithmic);
}

std::string path_of(const Line& line, const Axis& x, const Axis& y) {
  std::string path;
  bool pen_is_up = true;
  for (std::size_t i = 0; i < line.points.size(); ++i) {
    const Point& point = line.points[i];
    if (!is_drawn(point)) {
      pen_is_up = true;
      continue;
    }
    path += (pen_is_up ? "M" : "L") + place_text(x.place(point.x)) + " " + place_text(y.place(point.y));
    // A point without neighbours is a dot.
    if (pen_is_up && (i + 1 == line.points.size() || !is_drawn(line.points[i + 1]))) path += "h0";
    pen_is_up = false;
  }
  return path;
}

// Six colours, each with dashes of its own; then the same in bold, and in fine lines.
std::string css_of(int colour) {
  constexpr int colours = 6, widths = 3;
  const int width = (colour - 1) / colours % widths;
  return "c" + std::to_string((colour - 1) % colours + 1) + (width == 0 ? "" : width == 1 ? " bold" : " fine");
}

std::string drawn(const Line& line, const Axis& x, const Axis& y) {
  const std::string css = line.faint ? "faint" : css_of(line.colour);
  std::string text = "<path class=\"line " + css + "\" d=\"" + path_of(line, x, y) + "\"/>\n";
  for (const Point& point : line.points) {
    if (line.dots && is_drawn(point))
      text += "<circle class=\"dot " + css + "\" cx=\"" + place_text(x.place(point.x)) + "\" cy=\"" +
              place_text(y.place(point.y)) + "\" r=\"2.6\"/>";
  }
  return text;
}

std::string drawn(const Mark& mark, const Axis& x, const Axis& y) {
  if (!is_drawn(mark.at)) return "";
  const double left = x.place(mark.at.x), top = y.place(mark.at.y);
  const bool is_right = left > (x.begin + x.end) / 2;
  return "<path class=\"guide\" d=\"M" + place_text(left) + " " + place_text(y.begin) + "V" + place_text(y.end) +
         "\"/><circle class=\"mark\" cx=\"" + place_text(left) + "\" cy=\"" + place_text(top) +
         "\" r=\"4\"/><text class=\"marktext\" x=\"" + place_text(left + (is_right ? -6 : 6)) + "\" y=\"" +
         place_text(y.end + 11) + "\"" + (is_right ? " text-anchor=\"end\"" : "") + ">" + escaped(mark.text) +
         "</text>\n";
}

std::string legend(const LineChart& chart) {
  std::string text;
  int shown = 0;
  for (const Line& line : chart.lines) {
    if (line.faint) continue;
    ++shown;
    text += "<span class=\"key\"><svg class=\"swatch\" viewBox=\"0 0 22 8\" aria-hidden=\"true\"><path class=\"line " +
            css_of(line.colour) + "\" d=\"M1 4H21\"/></svg>" + name(line.name) + "</span> ";
  }
  return shown > 1 ? "<p class=\"keys\">" + text + "</p>" : "";
}

}  // namespace

std::string line_chart(const LineChart& chart) {
  Range xs, ys;
  for (const Line& line : chart.lines) {
    for (const Point& point : line.points) {
      if (!is_drawn(point)) continue;
      xs.add(point.x);
      ys.add(point.y);
    }
  }
  if (xs.least > xs.most)
    return figure(chart.title, "", paragraph("There is no finite number to draw.", "none") + chart.says);
  Frame frame{.x = axis_of(chart.x, xs), .y = axis_of(chart.y, ys), .x_label = chart.x.label, .y_label = chart.y.label};
  if (chart.x.names.empty() && !chart.x.range) {
    // Epochs are whole numbers: the axis begins and ends with the first and the last.
    frame.x = xs.least < xs.most ? Axis{.least = xs.least, .most = xs.most} : axis_around(xs.least, xs.most, false);
  }
  frame.x_names = chart.x.names;
  frame.place();
  std::string picture = frame.begin(chart.title);
  for (const Line& line : chart.lines) picture += drawn(line, frame.x, frame.y);
  if (chart.mark) picture += drawn(*chart.mark, frame.x, frame.y);
  if (!chart.moving.empty())
    picture += "<circle class=\"moving\" id=\"" + chart.moving + "\" cx=\"-9\" cy=\"-9\" r=\"5\" data-left=\"" +
               place_text(frame.x.begin) + "\" data-right=\"" + place_text(frame.x.end) + "\" data-bottom=\"" +
               place_text(frame.y.begin) + "\" data-top=\"" + place_text(frame.y.end) + "\"/>";
  return figure(chart.title, legend(chart) + picture + "</svg>", chart.says);
}

}  // namespace millrace::report
