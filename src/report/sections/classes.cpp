// SPDX-License-Identifier: Apache-2.0
//
// Which classes are told apart: counts, scores by class, and for two classes the curves with the threshold as a slider.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/formatted.hpp"
#include "base/text.hpp"
#include "report/charts/bars.hpp"
#include "report/charts/line_chart.hpp"
#include "report/html.hpp"
#include "report/sections/section.hpp"

namespace millrace::report {

namespace {

constexpr std::size_t most_in_table = 12, most_in_picture = 100, most_scores = 60, most_pairs = 15;

std::string shaded(double count, double row_total) { return formatted("%.3f", row_total > 0 ? count / row_total : 0); }

// Actual classes down, predicted ones across; the shade is the share of the row.
std::string counts_table(const ConfusionMatrix& matrix) {
  const std::size_t classes = matrix.classes.size();
  std::string text =
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Rows by actual and predicted class\">"
      "<table class=\"confusion\"><caption>Rows by actual class (down) and predicted class (across)</caption>"
      "<thead><tr><td></td>";
  for (const std::string& of : matrix.classes) text += "<th scope=\"col\" class=\"n\">" + name(of) + "</th>";
  text += "</tr></thead><tbody>";
  for (std::size_t actual = 0; actual < classes; ++actual) {
    double total = 0;
    for (std::size_t k = 0; k < classes; ++k) total += matrix.count(actual, k);
    text += "<tr><th scope=\"row\">" + name(matrix.classes[actual]) + "</th>";
    for (std::size_t k = 0; k < classes; ++k) {
      const double count = matrix.count(actual, k);
      const std::string id = "count-" + std::to_string(actual) + "-" + std::to_string(k);
      text += std::string("<td class=\"n ") + (actual == k ? "right" : "wrong") +
              "\" style=\"--v:" + shaded(count, total) + "\">" + value_as(count, count_text(count), id) + "</td>";
    }
    text += "</tr>";
  }
  return text + "</tbody></table></div>\n";
}

// The classes with the most rows, in the order of the matrix.
std::vector<std::size_t> largest_classes(const ConfusionMatrix& matrix, const std::vector<ClassScores>& scores) {
  std::vector<std::size_t> order(matrix.classes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (order.size() <= most_in_picture) return order;
  std::ranges::stable_sort(order, [&](auto a, auto b) { return scores[a].rows > scores[b].rows; });
  order.resize(most_in_picture);
  std::ranges::sort(order);
  return order;
}

std::string counts_picture(const ConfusionMatrix& matrix, const std::vector<ClassScores>& scores) {
  const std::vector<std::size_t> chosen = largest_classes(matrix, scores);
  std::vector<double> counts;
  for (const std::size_t actual : chosen) {
    for (const std::size_t predicted : chosen) counts.push_back(matrix.count(actual, predicted));
  }
  std::string words =
      "Actual classes from the top, predicted ones from the left, in the order of the table of scores. "
      "What lies beside the diagonal is wrong; the most frequent mistakes are listed.";
  if (chosen.size() < matrix.classes.size())
    words += " The " + std::to_string(chosen.size()) + " classes with the most rows are shown, of " +
             std::to_string(matrix.classes.size()) + ".";
  return "<figure><figcaption>Rows by actual and predicted class</figcaption>" +
         shade_grid(counts, chosen.size(),
                    "Rows by actual and predicted class; the most frequent mistakes are in a table") +
         "<div class=\"says\">" + paragraph(words) + "</div></figure>\n";
}

std::string mistakes_table(const ConfusionMatrix& matrix) {
  struct Pair {
    std::size_t actual, predicted;
    double count;
  };
  std::vector<Pair> pairs;
  for (std::size_t a = 0; a < matrix.classes.size(); ++a) {
    for (std::size_t p = 0; p < matrix.classes.size(); ++p) {
      if (a != p && matrix.count(a, p) > 0) pairs.push_back({a, p, matrix.count(a, p)});
    }
  }
  if (pairs.empty()) return paragraph("No row got a wrong class.");
  std::ranges::stable_sort(pairs, [](auto& a, auto& b) { return a.count > b.count; });
  HtmlTable table{.caption = "The most frequent mistakes",
                  .headings = {"actual", "predicted", "rows"},
                  .rows = {},
                  .text_columns = {1}};
  for (std::size_t i = 0; i < std::min(pairs.size(), most_pairs); ++i)
    table.rows.push_back({name(matrix.classes[pairs[i].actual]), name(matrix.classes[pairs[i].predicted]),
                          value_as(pairs[i].count, count_text(pairs[i].count))});
  return html(table);
}

std::string scores_table(std::vector<ClassScores> classes) {
  HtmlTable table{
      .caption = "Scores of each class", .headings = {"class", "precision", "recall", "F1", "rows"}, .rows = {}};
  const std::size_t all = classes.size();
  if (all > most_scores) {
    std::ranges::stable_sort(classes, {}, &ClassScores::f1);
    classes.resize(most_scores);
  }
  for (const ClassScores& of : classes)
    table.rows.push_back(
        {name(of.name), value(of.precision), value(of.recall), value(of.f1), value_as(of.rows, count_text(of.rows))});
  std::string text = html(table);
  if (all > most_scores)
    text += paragraph(
        "The " + std::to_string(most_scores) + " classes with the lowest F1, of " + std::to_string(all) + ".", "note");
  return text;
}

std::string number_list(const std::vector<double>& numbers) {
  std::string text;
  for (const double number : numbers) text += (text.empty() ? "" : ",") + formatted("%.6g", number);
  return "[" + text + "]";
}

// Rows from a rate: without weights they are whole, but for rounding errors.
double rows_from(double rate, double rows) {
  constexpr double rounding = 1e-6;
  const double count = rate * rows, whole = std::round(count);
  return std::abs(count - whole) < rounding * std::max(1.0, whole) ? whole : count;
}

// The curve for the script: thresholds, and the positive and negative rows above each.
std::string curve_data(const BinaryAnswers& binary) {
  std::vector<double> thresholds, hits, alarms;
  for (const CurvePoint& point : binary.curve) {
    thresholds.push_back(std::isfinite(point.threshold) ? point.threshold : 1e30);
    hits.push_back(rows_from(point.true_positive_rate, binary.positives));
    alarms.push_back(rows_from(point.false_positive_rate, binary.negatives));
  }
  return "<script type=\"application/json\" id=\"curve\">{\"t\":" + number_list(thresholds) +
         ",\"hits\":" + number_list(hits) + ",\"alarms\":" + number_list(alarms) +
         ",\"positives\":" + number_text(binary.positives) + ",\"negatives\":" + number_text(binary.negatives) +
         ",\"chosen\":" + std::to_string(binary.chosen) + ",\"threshold\":" + number_text(binary.threshold) +
         "}</script>\n";
}

std::string measure(const char* id, const char* title, double number) {
  return std::string("<div><dt>") + title + "</dt><dd>" + value(number, id) + "</dd></div>";
}

std::string threshold_panel(const BinaryAnswers& binary) {
  const CurvePoint& at = binary.curve[binary.chosen];
  const double hits = rows_from(at.true_positive_rate, binary.positives);
  const double alarms = rows_from(at.false_positive_rate, binary.negatives);
  const double missed = binary.positives - hits, right = binary.negatives - alarms;
  const auto ratio = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
  const auto cell = [](const char* id, double count, double whole, const char* css) {
    return std::string("<td class=\"n ") + css + "\" style=\"--v:" + shaded(count, whole) + "\">" +
           value_as(count, count_text(std::round(count)), id) + "</td>";
  };
  const std::string yes = name(binary.positive), no = name(binary.negative);
  return "<figure class=\"panel\"><figcaption>Threshold</figcaption><p class=\"slider\" hidden=\"hidden\">"
         "<label for=\"threshold\">A score above it means " +
         yes + ": <output id=\"threshold-text\" for=\"threshold\">" + escaped(short_text(binary.threshold)) +
         "</output></label>"
         "<input type=\"range\" id=\"threshold\" min=\"0\" max=\"" +
         std::to_string(binary.curve.size() - 1) + "\" step=\"1\" value=\"" + std::to_string(binary.chosen) +
         "\"/>"
         "<button type=\"button\" id=\"threshold-reset\">The model\xE2\x80\x99s</button></p>"
         "<table class=\"confusion\"><caption>Rows at this threshold</caption><thead><tr><td></td><th scope=\"col\" "
         "class=\"n\">called " +
         no + "</th><th scope=\"col\" class=\"n\">called " + yes +
         "</th></tr></thead><tbody><tr><th scope=\"row\">is " + no + "</th>" +
         cell("true-negatives", right, binary.negatives, "right") +
         cell("false-positives", alarms, binary.negatives, "wrong") + "</tr><tr><th scope=\"row\">is " + yes + "</th>" +
         cell("false-negatives", missed, binary.positives, "wrong") +
         cell("true-positives", hits, binary.positives, "right") + "</tr></tbody></table><dl class=\"measures\">" +
         measure("at-accuracy", "accuracy", ratio(hits + right, binary.positives + binary.negatives)) +
         measure("at-precision", "precision", ratio(hits, hits + alarms)) +
         measure("at-recall", "recall", ratio(hits, binary.positives)) +
         measure("at-f1", "F1", ratio(2 * hits, 2 * hits + alarms + missed)) +
         measure("at-specificity", "specificity", ratio(right, binary.negatives)) + "</dl><div class=\"says\">" +
         paragraph("The model\xE2\x80\x99s threshold is " + value(binary.threshold) +
                   ". A lower one finds more rows of class " + yes + " and calls more others so, too.") +
         "</div></figure>\n";
}

std::string curves(const BinaryAnswers& binary) {
  Line roc{.name = "ROC", .points = {}}, diagonal{.name = "chance", .points = {{0, 0}, {1, 1}}, .faint = true};
  Line precision{.name = "precision", .points = {}};
  const double share = binary.positives / std::max(1e-30, binary.positives + binary.negatives);
  const Line base{.name = "chance", .points = {{0, share}, {1, share}}, .faint = true};
  for (const CurvePoint& point : binary.curve) {
    roc.points.push_back({point.false_positive_rate, point.true_positive_rate});
    precision.points.push_back({point.true_positive_rate, point.precision});
  }
  const std::pair<double, double> unit{0, 1};
  const CurvePoint& at = binary.curve[binary.chosen];
  const std::string yes = name(binary.positive);
  return line_chart(
             {.title = "ROC curve",
              .x = {.label = "false positive rate", .range = unit},
              .y = {.label = "true positive rate", .range = unit},
              .lines = {diagonal, roc},
              .says = paragraph(
                  "The area under the curve is " + value(binary.roc_auc) +
                  ": the share of pairs of rows of both classes of which the one of class " + yes +
                  " has the larger score. At the model\xE2\x80\x99s threshold the true positive rate is " +
                  value(at.true_positive_rate) + ", the false positive rate " + value(at.false_positive_rate) + "."),
              .moving = "roc-mark"}) +
         line_chart({.title = "Precision and recall",
                     .x = {.label = "recall", .range = unit},
                     .y = {.label = "precision", .range = unit},
                     .lines = {base, precision},
                     .says = paragraph("The average precision is " + value(binary.average_precision) +
                                       "; answers by chance would have " + value(share) +
                                       ". At the model\xE2\x80\x99s threshold precision is " + value(at.precision) +
                                       ", recall " + value(at.true_positive_rate) + "."),
                     .moving = "pr-mark"});
}

std::string calibration_chart(const RowsReport& rows) {
  if (rows.calibration.empty()) return "";
  Line line{.name = "share", .points = {}, .dots = true};
  const CalibrationBin* worst = nullptr;
  double most = 0;
  for (const CalibrationBin& bin : rows.calibration) {
    line.points.push_back({bin.mean_score, bin.positive_share});
    const double weight = bin.rows * std::abs(bin.mean_score - bin.positive_share);
    if (weight > most) {
      most = weight;
      worst = &bin;
    }
  }
  const bool two = rows.classes.size() == 2;
  std::string says =
      "Predicted probabilities are off by " + value(rows.calibration_error) + " on average, over ten bins.";
  if (worst != nullptr)
    says += " Where they are about " + value(worst->mean_score) + ", " + percent_text(worst->positive_share) + " of " +
            count_text(worst->rows) + (worst->rows == 1 ? " row is " : " rows are ") +
            (two ? "of class " + name(rows.classes[1].name) : "right") + ".";
  const std::pair<double, double> unit{0, 1};
  return line_chart(
      {.title = "Calibration",
       .x = {.label = two ? "predicted probability" : "probability of the predicted class", .range = unit},
       .y = {.label = two ? "share of the class" : "share of right answers", .range = unit},
       .lines = {{.name = "ideal", .points = {{0, 0}, {1, 1}}, .faint = true}, line},
       .says = paragraph(says)});
}

}  // namespace

std::string classes_section(const RunReport& report) {
  if (!report.rows || !report.rows->confusion) return "";
  const RowsReport& rows = *report.rows;
  const ConfusionMatrix& matrix = *rows.confusion;
  std::string text = paragraph("Measured on " + escaped(rows.rows_are) + ".", "on");
  std::string figures;
  if (rows.binary) figures += threshold_panel(*rows.binary) + curves(*rows.binary);
  const bool small = matrix.classes.size() <= most_in_table;
  if (!small) figures += counts_picture(matrix, rows.classes);
  figures += calibration_chart(rows);
  // Two classes have their counts beside the threshold.
  if (small && !rows.binary) text += counts_table(matrix);
  text += "<div class=\"figures\">" + figures + "</div>\n";
  if (matrix.classes.size() > 2) text += mistakes_table(matrix);
  text += scores_table(rows.classes);
  if (rows.binary) text += curve_data(*rows.binary);
  return text;
}

}  // namespace millrace::report
