// SPDX-License-Identifier: Apache-2.0
#include "report/charts/bars.hpp"

#include <algorithm>
#include <cmath>

#include "base/formatted.hpp"
#include "report/charts/frame.hpp"
#include "report/html.hpp"

namespace millrace::report {

namespace {

double largest(const std::vector<double>& counts) {
  return counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
}

std::string rectangle(double left, double top, double width, double height, const std::string& attributes) {
  return "<rect x=\"" + place_text(left) + "\" y=\"" + place_text(top) + "\" width=\"" + place_text(width) +
         "\" height=\"" + place_text(height) + "\" " + attributes + "/>";
}

// Small counts can still be seen beside large ones.
std::string shade(double count, double most) {
  return formatted("fill-opacity=\"%.2f\"", std::max(0.06, std::sqrt(count / most)));
}

}  // namespace

std::string bar_chart(const BarChart& chart) {
  const Histogram& bins = chart.histogram;
  const double most = largest(bins.counts);
  if (most <= 0) return figure(chart.title, "", paragraph("There are no rows to count.", "none") + chart.says);
  Frame frame{.x = {.least = bins.edges.front(), .most = bins.edges.back()},
              .y = axis_around(0, most, false),
              .x_label = chart.x_label,
              .y_label = "rows"};
  frame.place();
  std::string picture = frame.begin(chart.title);
  for (std::size_t i = 0; i < bins.counts.size(); ++i) {
    const double left = frame.x.place(bins.edges[i]), right = frame.x.place(bins.edges[i + 1]);
    const double top = frame.y.place(bins.counts[i]);
    if (bins.counts[i] > 0)
      picture += rectangle(left + 0.5, top, std::max(0.5, right - left - 1), frame.y.begin - top, "class=\"fill\"");
  }
  if (chart.zero && bins.edges.front() < 0 && bins.edges.back() > 0)
    picture += "<path class=\"guide\" d=\"M" + place_text(frame.x.place(0)) + " " + place_text(frame.y.begin) + "V" +
               place_text(frame.y.end) + "\"/>";
  return figure(chart.title, picture + "</svg>", chart.says);
}

std::string small_bars(const std::vector<double>& counts, const std::string& says) {
  constexpr double width = 120, height = 28;
  const double most = largest(counts);
  if (most <= 0) return "";
  const double step = width / static_cast<double>(counts.size());
  // One path is a quarter of the bytes of a rectangle a bar.
  std::string path;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double tall = counts[i] > 0 ? std::max(1.0, (height - 1) * counts[i] / most) : 0;
    if (tall > 0)
      path += "M" + place_text(step * static_cast<double>(i)) + " 28v-" + place_text(tall) + "h" +
              place_text(std::max(1.0, step - 1)) + "v" + place_text(tall) + "z";
  }
  return "<svg class=\"small\" viewBox=\"0 0 120 28\" role=\"img\" aria-label=\"" + escaped(says) +
         "\"><path class=\"fill\" d=\"" + path + "\"/></svg>";
}

std::string shade_chart(const ShadeChart& chart) {
  const double most = largest(chart.counts);
  if (most <= 0) return figure(chart.title, "", paragraph("There are no rows to count.", "none") + chart.says);
  const Axis axis{.least = chart.edges.front(), .most = chart.edges.back()};
  Frame frame{.x = axis, .y = axis, .x_label = chart.x_label, .y_label = chart.y_label};
  frame.place();
  std::string picture = frame.begin(chart.title);
  const std::size_t bins = chart.edges.size() - 1;
  for (std::size_t i = 0; i < bins; ++i) {
    for (std::size_t k = 0; k < bins; ++k) {
      const double count = chart.counts[i * bins + k];
      if (count <= 0) continue;
      const double left = frame.x.place(chart.edges[i]), right = frame.x.place(chart.edges[i + 1]);
      const double bottom = frame.y.place(chart.edges[k]), top = frame.y.place(chart.edges[k + 1]);
      picture += rectangle(left, top, right - left, bottom - top, "class=\"fill\" " + shade(count, most));
    }
  }
  picture += "<path class=\"line faint\" d=\"M" + place_text(frame.x.begin) + " " + place_text(frame.y.begin) + "L" +
             place_text(frame.x.end) + " " + place_text(frame.y.end) + "\"/>";
  return figure(chart.title, picture + "</svg>", chart.says);
}

std::string shade_grid(const std::vector<double>& counts, std::size_t width, const std::string& says) {
  const double most = largest(counts);
  const std::string size = std::to_string(width);
  std::string picture = "<svg class=\"grid-picture\" viewBox=\"0 0 " + size + " " + size +
                        "\" role=\"img\" aria-label=\"" + escaped(says) + "\">";
  for (std::size_t i = 0; i < counts.size() && most > 0; ++i) {
    if (counts[i] <= 0) continue;
    picture += "<rect x=\"" + std::to_string(i % width) + "\" y=\"" + std::to_string(i / width) +
               "\" width=\"1\" height=\"1\" class=\"" + (i % width == i / width ? "fill" : "wrong") + "\" " +
               shade(counts[i], most) + "/>";
  }
  return picture + "</svg>";
}

}  // namespace millrace::report
