// SPDX-License-Identifier: Apache-2.0
//
// Parts of the table on which the model is worse.
#include <cmath>

#include "report/html.hpp"
#include "report/sections/section.hpp"

namespace millrace::report {

std::string slices_section(const RunReport& report) {
  if (!report.rows || report.rows->slice_score.empty()) return "";
  const RowsReport& rows = *report.rows;
  const auto compared = static_cast<double>(rows.slices_compared);
  std::string text =
      paragraph("The " + rows.slice_score + " on all rows is " + value(rows.overall) + ". " + count_text(compared) +
                " parts of the table with " + std::to_string(least_rows) +
                " rows or more were compared with it: rows with the same level of a column, and quarters of columns of "
                "numbers.");
  if (rows.slices.empty()) return text + paragraph("On none of them the model is worse.");
  HtmlTable table{.caption = "The parts on which the model is worse, the surest first",
                  .headings = {"column", "rows where it", rows.slice_score, "worse by", "rows", "standard errors"},
                  .rows = {},
                  .text_columns = {1}};
  for (const Slice& slice : rows.slices)
    table.rows.push_back({name(slice.column), name(slice.rows_are), value(slice.score), value(slice.worse),
                          value_as(slice.rows, count_text(slice.rows)),
                          value_as(slice.deviations, short_text(std::round(10 * slice.deviations) / 10))});
  text += html(table);
  return text + paragraph("Among that many parts, chance alone rarely reaches " +
                              short_text(std::round(10 * rows.slices_limit) / 10) + " standard errors" +
                              (rows.slices[0].deviations < rows.slices_limit ? ", so none of them stands out." : "."),
                          "note");
}

}  // namespace millrace::report
