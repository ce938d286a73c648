// SPDX-License-Identifier: Apache-2.0
//
// Errors of predicted numbers.
#include "report/charts/bars.hpp"
#include "report/html.hpp"
#include "report/sections/section.hpp"

namespace millrace::report {

namespace {

std::string figures_of(const Residuals& of, bool several) {
  const std::string title = several ? of.target + ": " : "";
  std::string text = bar_chart(
      {.title = title + "prediction minus target",
       .histogram = of.errors,
       .x_label = "error",
       .says = paragraph(
           "The mean error is " + value(of.mean, several ? "" : "error-mean") + ", the mean absolute error " +
           value(of.mean_absolute, several ? "" : "error-mean-absolute") + ", the root of the mean square " +
           value(of.root_mean_square, several ? "" : "error-root-mean-square") +
           ". Half of the rows are off by at most " + value(of.median_absolute) + ", 95\xC2\xA0% by at most " +
           value(of.high_absolute) + ". The bars at the ends also count what lies beyond."),
       .zero = true});
  text += shade_chart(
      {.title = title + "target and prediction",
       .edges = of.edges,
       .counts = of.density,
       .x_label = "target",
       .y_label = "prediction",
       .says = paragraph("Darker squares have more rows; on the line both are equal. R\xC2\xB2 is " + value(of.r2) +
                         " over " + count_text(of.rows) +
                         " rows: the share of the target\xE2\x80\x99s variance that the predictions explain.")});
  return text;
}

}  // namespace

std::string numbers_section(const RunReport& report) {
  if (!report.rows || report.rows->residuals.empty()) return "";
  std::string figures;
  for (const Residuals& of : report.rows->residuals) figures += figures_of(of, report.rows->residuals.size() > 1);
  return paragraph("Measured on " + escaped(report.rows->rows_are) + ".", "on") + "<div class=\"figures\">" + figures +
         "</div>\n";
}

}  // namespace millrace::report
