// SPDX-License-Identifier: Apache-2.0
//
// What the answer depends on.
#include <algorithm>
#include <cmath>
#include <limits>

#include "report/charts/line_chart.hpp"
#include "report/html.hpp"
#include "report/measure/raw_columns.hpp"
#include "report/sections/section.hpp"
#include "table/kinds/dates.hpp"

namespace millrace::report {

namespace {

constexpr std::size_t most_listed = 25;

std::string importance_table(const RowsReport& rows) {
  HtmlTable table{.caption = "How much the loss grows if the cells of a column are given to other rows at random",
                  .headings = {"column", "beside the first", "loss grows by", "deviation"},
                  .rows = {},
                  .text_columns = {1}};
  const double most = std::max(1e-300, rows.importance.front().worse);
  for (std::size_t i = 0; i < std::min(rows.importance.size(), most_listed); ++i) {
    const ColumnImportance& column = rows.importance[i];
    table.rows.push_back({name(column.name), bar(column.worse / most), value(column.worse), value(column.deviation)});
  }
  std::string text = html(table);
  std::string note = "On " + count_text(static_cast<double>(rows.importance_rows)) + " rows.";
  if (rows.importance.size() > most_listed)
    note += " The " + std::to_string(most_listed) + " most important of " + std::to_string(rows.importance.size()) +
            " columns.";
  return text + paragraph(note +
                              " A value near 0, or below: the model does without the column. Columns that say the same "
                              "share their importance.",
                          "note");
}

// "from 0.1 at 20 to 0.9 at 60"
std::string words_of(const Dependence& dependence, std::size_t answer) {
  const std::vector<double>& means = dependence.means[answer];
  const auto text = [&](std::size_t at) {
    if (!dependence.levels.empty()) return name(dependence.levels[at]);
    return escaped(dependence.kind == ColumnKind::date ? date_text(dependence.values[at])
                                                       : short_text(dependence.values[at]));
  };
  const auto [least, most] = std::ranges::minmax_element(means);
  return "lowest " + value(*least) + " at " + text(static_cast<std::size_t>(least - means.begin())) + ", highest " +
         value(*most) + " at " + text(static_cast<std::size_t>(most - means.begin()));
}

// The same for all pictures, so that they can be compared.
std::optional<std::pair<double, double>> range_of(const std::vector<Dependence>& all) {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (const Dependence& dependence : all) {
    for (const std::vector<double>& means : dependence.means) {
      for (const double mean : means) {
        if (!std::isfinite(mean)) return std::nullopt;
        least = std::min(least, mean);
        most = std::max(most, mean);
      }
    }
  }
  const Axis axis = axis_around(least, most, false);
  return std::pair(axis.least, axis.most);
}

std::string dependence_chart(const Dependence& dependence, const std::optional<std::pair<double, double>>& range) {
  LineChart chart{
      .title = dependence.column, .x = {}, .y = {.label = "mean answer", .range = range}, .lines = {}, .says = ""};
  const bool named = !dependence.levels.empty() || dependence.kind == ColumnKind::date;
  const std::size_t count = dependence.values.size();
  if (dependence.kind == ColumnKind::date) {
    chart.x.names = {date_text(dependence.values.front())};
    chart.x.names.resize(count - 1);
    chart.x.names.push_back(date_text(dependence.values.back()));
  } else {
    chart.x.names = dependence.levels;
  }
  if (named) chart.x.range = {-0.5, static_cast<double>(count) - 0.5};
  int colour = 0;
  for (std::size_t k = 0; k < dependence.answers.size(); ++k) {
    Line line{.name = dependence.answers[k], .points = {}, .colour = ++colour, .dots = !dependence.levels.empty()};
    for (std::size_t v = 0; v < count; ++v)
      line.points.push_back({named ? static_cast<double>(v) : dependence.values[v], dependence.means[k][v]});
    chart.lines.push_back(std::move(line));
    chart.says += (k == 0 ? "" : "; ") +
                  (dependence.answers.size() > 1 ? "<b>" + name(dependence.answers[k]) + "</b>: " : "") +
                  words_of(dependence, k);
  }
  chart.says = paragraph(chart.says + ".");
  return line_chart(chart);
}

}  // namespace

std::string importance_section(const RunReport& report) {
  if (!report.rows || (report.rows->importance.empty() && report.rows->dependence.empty())) return "";
  const RowsReport& rows = *report.rows;
  std::string text;
  if (!rows.importance.empty()) text += importance_table(rows);
  if (rows.dependence.empty()) return text;
  text += "<h3>The answer along a column</h3>" +
          paragraph("The mean answer if all rows had the same value in the column and kept their other cells" +
                    std::string(rows.binary ? ": the score of class " + name(rows.binary->positive) : "") + ".");
  text += "<div class=\"figures\">";
  const auto range = range_of(rows.dependence);
  for (const Dependence& dependence : rows.dependence) text += dependence_chart(dependence, range);
  return text + "</div>\n";
}

}  // namespace millrace::report
