// SPDX-License-Identifier: Apache-2.0
//
// The columns of the table, and what preparation made of them.
#include "base/names.hpp"
#include "report/charts/axis.hpp"
#include "report/charts/bars.hpp"
#include "report/html.hpp"
#include "report/measure/raw_columns.hpp"
#include "report/sections/section.hpp"
#include "table/kinds/dates.hpp"

namespace millrace::report {

namespace {

std::string text_of(const ColumnFact& column, double number) {
  return column.kind == ColumnKind::date ? date_text(number) : tick_text(number);
}

std::string levels_of(const ColumnFact& column) {
  std::string text;
  for (const auto& [level, share] : column.levels)
    text += (text.empty() ? "" : ", ") + name(level) + " " + percent_text(share);
  if (column.other_levels > 0)
    text += (text.empty() ? "" : ", ") + count_text(static_cast<double>(column.other_levels)) + " other " +
            percent_text(column.other_share);
  return text;
}

std::string distribution_of(const ColumnFact& column) {
  if (!column.levels.empty() || column.other_levels > 0) {
    std::vector<double> shares;
    for (const auto& [level, share] : column.levels) shares.push_back(share);
    if (column.other_levels > 0) shares.push_back(column.other_share);
    return small_bars(shares, "shares of the levels, which the text names") + " <span>" + levels_of(column) + "</span>";
  }
  if (column.histogram.counts.empty()) return "no values";
  return small_bars(column.histogram.counts, "distribution, whose quantiles the text has") + " <span>median " +
         text_of(column, column.median) + ", 90\xC2\xA0% from " + text_of(column, column.low) + " to " +
         text_of(column, column.high) + "</span>";
}

std::string unused_of(const std::vector<std::string>& unused) {
  if (unused.empty()) return "";
  std::vector<std::string> names;
  for (const std::string& each : unused) names.push_back(name(each));
  return " The model does not use " + listed(names, 20) + ".";
}

}  // namespace

std::string columns_section(const RunReport& report) {
  if (report.columns.empty()) return "";
  HtmlTable table{.caption = "Columns of the table",
                  .headings = {"column", "kind", "missing", "distribution", "the network gets"},
                  .rows = {},
                  .text_columns = {1, 3, 4}};
  for (const ColumnFact& column : report.columns) {
    const double share = column.rows > 0 ? static_cast<double>(column.missing) / static_cast<double>(column.rows) : 0;
    table.rows.push_back({name(column.name),
                          std::string(kind_name(column.kind)) + (column.role == "target" ? ", the target" : ""),
                          value_as(share, percent_text(share)), distribution_of(column),
                          escaped(column.role == "target"   ? "\xE2\x80\x94"
                                  : column.prepared.empty() ? "as it is"
                                                            : column.prepared)});
  }
  std::string note = "Of " + report.columns_rows + ".";
  if (report.columns_left_out > 0)
    note += " " + count_text(static_cast<double>(report.columns_left_out)) + " more columns are not shown.";
  note += unused_of(report.columns_unused);
  note += " Levels that fewer than " + std::to_string(least_rows) + " rows have are not named.";
  return html(table) + paragraph(note, "note");
}

}  // namespace millrace::report
