// SPDX-License-Identifier: Apache-2.0
//
// Loss, metrics and learning rate by epoch.
#include <algorithm>
#include <cmath>
#include <limits>

#include "report/charts/line_chart.hpp"
#include "report/html.hpp"
#include "report/sections/section.hpp"
#include "report/series.hpp"

namespace millrace::report {

namespace {

constexpr std::size_t most_metrics = 12;

// "from 0.69 in epoch 1 to 0.07 in epoch 50, lowest 0.06 in epoch 42"
std::string words_of(const Series& series) {
  const Point *least = nullptr, *most = nullptr;
  std::int64_t gaps = 0;
  for (const Point& point : series.points) {
    if (!std::isfinite(point.y)) {
      ++gaps;
      continue;
    }
    if (least == nullptr || point.y < least->y) least = &point;
    if (most == nullptr || point.y > most->y) most = &point;
  }
  std::string text = "<b>" + escaped(series.name) + "</b>: ";
  if (least == nullptr) return text + "not a number in every epoch. ";
  if (series.points.size() == 1) return text + value(least->y) + " in epoch " + count_text(least->x) + ". ";
  text += "from " + value(series.points.front().y) + " to " + value(series.points.back().y) + "; lowest " +
          value(least->y) + " in epoch " + count_text(least->x) + ", highest " + value(most->y) + " in epoch " +
          count_text(most->x) + ".";
  if (gaps > 0)
    text +=
        " " + count_text(static_cast<double>(gaps)) + (gaps == 1 ? " epoch" : " epochs") + " without a finite value.";
  return text + " ";
}

// A curve that falls over decades is read on a logarithmic axis.
bool spans_decades(const SeriesGroup& group) {
  constexpr double factor = 50;
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (const Series& series : group.series) {
    for (const Point& point : series.points) {
      if (!std::isfinite(point.y)) continue;
      least = std::min(least, point.y);
      most = std::max(most, point.y);
    }
  }
  return least > 0 && most > factor * least;
}

std::string chart_of(const SeriesGroup& group, const Course& course) {
  LineChart chart{.title = group.name, .x = {.label = "epoch"}, .lines = {}};
  chart.y.logarithmic = spans_decades(group);
  int colour = 0;
  for (const Series& series : group.series) {
    chart.lines.push_back(
        {.name = series.name, .points = thinned(series.points), .colour = ++colour, .dots = series.points.size() == 1});
    chart.says += words_of(series);
    if (series.column == course.watched && course.best_epoch > 0)
      chart.mark = Mark{{static_cast<double>(course.best_epoch), course.best_value},
                        "best: epoch " + std::to_string(course.best_epoch)};
  }
  if (chart.y.logarithmic) chart.says += "The axis is logarithmic. ";
  chart.says = paragraph(chart.says);
  return line_chart(chart);
}

std::string rate_chart(const std::vector<Epoch>& epochs) {
  Line line{.name = "learning rate", .points = {}, .colour = 1, .dots = epochs.size() == 1};
  for (const Epoch& epoch : epochs) line.points.push_back({static_cast<double>(epoch.number), epoch.learning_rate});
  const double first = epochs.front().learning_rate, last = epochs.back().learning_rate;
  const bool constant = std::ranges::all_of(epochs, [&](const Epoch& epoch) { return epoch.learning_rate == first; });
  if (constant) return paragraph("The learning rate is " + value(first) + " in every epoch.");
  line.points = thinned(line.points);
  const auto [least, most] = std::ranges::minmax(epochs, {}, &Epoch::learning_rate);
  return line_chart(
      {.title = "learning rate",
       .x = {.label = "epoch"},
       .y = {.logarithmic = most.learning_rate > 50 * least.learning_rate},
       .lines = {line},
       .says = paragraph("From " + value(first) + " to " + value(last) + "; lowest " + value(least.learning_rate) +
                         ", highest " + value(most.learning_rate) + ", at the end of each epoch.")});
}

}  // namespace

std::string training_section(const RunReport& report) {
  const std::vector<Epoch>& epochs = report.course.epochs;
  if (epochs.empty()) return "";
  const std::vector<SeriesGroup> groups = series_of(epochs);
  std::string figures;
  for (std::size_t i = 0; i < std::min(groups.size(), most_metrics); ++i) figures += chart_of(groups[i], report.course);
  std::string rate = rate_chart(epochs), text;
  const bool is_figure = rate.starts_with("<figure");
  text += "<div class=\"figures\">" + figures + (is_figure ? rate : "") + "</div>\n" + (is_figure ? "" : rate);
  if (groups.size() > most_metrics)
    text += paragraph("The first " + std::to_string(most_metrics) + " of " + std::to_string(groups.size()) +
                          " values are shown; history.csv has all.",
                      "note");
  return text;
}

}  // namespace millrace::report
