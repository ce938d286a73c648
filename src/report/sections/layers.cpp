// SPDX-License-Identifier: Apache-2.0
//
// Statistics of the layers during the training: norms, units that are always zero, and how the weights spread.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "report/charts/heat_chart.hpp"
#include "report/charts/line_chart.hpp"
#include "report/html.hpp"
#include "report/sections/section.hpp"

namespace millrace::report {

namespace {

constexpr std::size_t most_lines = 6, most_rows = 60;
constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// The records of a layer, in the order of the epochs.
struct LayerCourse {
  std::string name;
  std::vector<const EpochLayer*> epochs;
};

std::vector<LayerCourse> courses_of(const std::vector<EpochLayer>& log) {
  std::vector<LayerCourse> courses;
  for (const EpochLayer& layer : log) {
    auto at = std::ranges::find(courses, layer.record.layer, &LayerCourse::name);
    if (at == courses.end()) at = courses.insert(at, LayerCourse{layer.record.layer, {}});
    at->epochs.push_back(&layer);
  }
  return courses;
}

double update_share(const LayerRecord& record) {
  return record.weight_norm > 0 ? record.update_norm / record.weight_norm : none;
}
double gradient_norm(const LayerRecord& record) { return record.gradient_norm.value_or(none); }
double weight_norm(const LayerRecord& record) { return record.weights > 0 ? record.weight_norm : none; }
double dead_share(const LayerRecord& record) {
  return record.units > 0 ? static_cast<double>(record.dead_units) / static_cast<double>(record.units) : none;
}

using Measure = std::function<double(const LayerRecord&)>;

// The layers that have the measure; of many the first, the last, and some between them.
std::vector<LayerCourse> drawn_of(const std::vector<LayerCourse>& courses, const Measure& measure) {
  std::vector<LayerCourse> found;
  for (const LayerCourse& course : courses) {
    const bool is_measured = std::ranges::any_of(
        course.epochs, [&](const EpochLayer* layer) { return std::isfinite(measure(layer->record)); });
    if (is_measured) found.push_back(course);
  }
  if (found.size() <= most_lines) return found;
  std::vector<LayerCourse> some;
  for (std::size_t i = 0; i < most_lines; ++i) some.push_back(found[i * (found.size() - 1) / (most_lines - 1)]);
  return some;
}

std::string words_of(const LayerCourse& course, const Measure& measure, bool as_share) {
  const auto text = [&](const EpochLayer* layer) {
    const double number = measure(layer->record);
    return as_share ? value_as(number, percent_text(number)) : value(number);
  };
  const std::string begin = "<b>" + name(course.name) + "</b>: ";
  if (course.epochs.size() == 1) return begin + text(course.epochs[0]) + ". ";
  return begin + "from " + text(course.epochs.front()) + " to " + text(course.epochs.back()) + ". ";
}

struct Drawing {
  std::string title, y_label, explanation;
  Measure measure;
  bool as_share = false;
};

std::string chart_of(const Drawing& drawing, const std::vector<LayerCourse>& courses) {
  const std::vector<LayerCourse> drawn = drawn_of(courses, drawing.measure);
  if (drawn.empty()) return "";
  LineChart chart{.title = drawing.title, .x = {.label = "epoch"}, .y = {.label = drawing.y_label}, .lines = {}};
  std::string words;
  double least = std::numeric_limits<double>::infinity(), most = 0;
  int colour = 0;
  for (const LayerCourse& course : drawn) {
    std::vector<Point> points;
    for (const EpochLayer* layer : course.epochs) {
      const double y = drawing.measure(layer->record);
      points.push_back({static_cast<double>(layer->epoch), y});
      if (!std::isfinite(y)) continue;
      least = std::min(least, y);
      most = std::max(most, y);
    }
    chart.lines.push_back(
        {.name = course.name, .points = thinned(points, 200), .colour = ++colour, .dots = points.size() == 1});
    words += words_of(course, drawing.measure, drawing.as_share);
  }
  if (drawing.as_share && most == 0) return "";  // said in a sentence
  constexpr double decades = 50;
  if (drawing.as_share)
    chart.y.range = {0, 1};
  else
    chart.y.logarithmic = least > 0 && most > decades * least;
  chart.says =
      paragraph(drawing.explanation + (chart.y.logarithmic ? " The axis is logarithmic." : "")) + paragraph(words);
  return line_chart(chart);
}

std::string heat_of(const LayerCourse& course) {
  HeatChart chart{.title = course.name, .x_label = "epoch", .y_label = "weight", .columns = {}, .says = ""};
  for (const EpochLayer* layer : course.epochs)
    chart.columns.push_back({static_cast<double>(layer->epoch),
                             layer->record.low,
                             layer->record.high,
                             {layer->record.counts.begin(), layer->record.counts.end()}});
  const LayerRecord &first = course.epochs.front()->record, &last = course.epochs.back()->record;
  const auto range = [](const LayerRecord& record) { return value(record.low) + " to " + value(record.high); };
  const std::string when = course.epochs.size() == 1
                               ? "In epoch " + count_text(static_cast<double>(course.epochs[0]->epoch)) + " "
                               : "At the end ";
  chart.says =
      paragraph(when + "the " + count_text(static_cast<double>(last.weights)) + " weights lie from " + range(last) +
                (course.epochs.size() == 1 ? "." : "; after the first recorded epoch from " + range(first) + "."));
  return heat_chart(chart);
}

std::string last_table(const std::vector<LayerCourse>& courses) {
  const std::int64_t epoch = courses.front().epochs.back()->epoch;
  HtmlTable table{.caption = "Layers at the end of epoch " + std::to_string(epoch),
                  .headings = {"layer", "norm of the weights", "of the update", "of the gradient", "dead units"},
                  .rows = {}};
  for (const LayerCourse& course : courses) {
    if (table.rows.size() == most_rows) break;
    const LayerRecord& last = course.epochs.back()->record;
    const auto number = [&](double of) { return std::isnan(of) ? "" : value(of); };
    table.rows.push_back({name(course.name), number(weight_norm(last)), last.weights > 0 ? value(last.update_norm) : "",
                          number(gradient_norm(last)),
                          last.units > 0 ? std::to_string(last.dead_units) + " of " + std::to_string(last.units) : ""});
  }
  std::string text = html(table);
  if (courses.size() > most_rows)
    text += paragraph("The first " + std::to_string(most_rows) + " of " + std::to_string(courses.size()) + " layers.",
                      "note");
  return text;
}

}  // namespace

std::string layers_section(const RunReport& report) {
  const std::vector<LayerCourse> courses = courses_of(report.layer_log);
  if (courses.empty()) return "";
  const std::vector<Drawing> drawings{
      {"norm of the weights", "", "The root of the sum of squares of each layer\xE2\x80\x99s weights.", weight_norm},
      {"update, as a part of the weights", "",
       "The norm of the change that the last step of an epoch made, divided by the norm of the weights. About 0.001 is "
       "usual; much less trains slowly, much more is unsteady.",
       update_share},
      {"norm of the gradient", "",
       "Of the last step of an epoch, before clipping. A layer whose gradient is far smaller than that of the others "
       "learns little.",
       gradient_norm},
      {"dead units", "", "Units of relu that are zero in all sampled rows: they give nothing and learn nothing.",
       dead_share, true}};
  std::string figures, heats;
  for (const Drawing& drawing : drawings) figures += chart_of(drawing, courses);
  const auto has_histogram = [](const LayerRecord& record) { return record.counts.empty() ? none : 1.0; };
  const std::vector<LayerCourse> spread = drawn_of(courses, has_histogram);
  for (const LayerCourse& course : spread) heats += heat_of(course);
  std::string text = "<div class=\"figures\">" + figures + "</div>\n";
  const auto has_dead = [](const EpochLayer& layer) { return layer.record.dead_units > 0; };
  if (!drawn_of(courses, dead_share).empty() && std::ranges::none_of(report.layer_log, has_dead))
    text += paragraph("No unit of relu was zero in all sampled rows in any recorded epoch: there are no dead units.");
  text += last_table(courses);
  if (!heats.empty())
    text += "<h3>Weights over time</h3>\n" +
            paragraph("Each upright strip is an epoch; darker means that more weights are there.", "on") +
            "<div class=\"figures\">" + heats + "</div>\n";
  if (courses.size() > most_lines)
    text += paragraph("Pictures show at most " + std::to_string(most_lines) + " layers, from the first to the last.",
                      "note");
  return text;
}

}  // namespace millrace::report
