// SPDX-License-Identifier: Apache-2.0
//
// Where the time went, and how much memory was used.
#include <algorithm>

#include "report/html.hpp"
#include "report/sections/section.hpp"

namespace millrace::report {

namespace {

std::string parts_table(const RunReport& report) {
  HtmlTable table{.caption = "The run by part", .headings = {"part", "share", "time"}, .rows = {}, .text_columns = {1}};
  double all = 0;
  for (const TimePart& part : report.time_parts) all += part.seconds;
  constexpr double tiny = 5e-4;
  for (const TimePart& part : report.time_parts) {
    if (part.seconds > tiny)
      table.rows.push_back({escaped(part.name), bar(all > 0 ? part.seconds / all : 0),
                            value_as(part.seconds, duration_text(part.seconds))});
  }
  return table.rows.empty() ? "" : html(table);
}

std::string phases_table(const RunReport& report) {
  HtmlTable table{.caption = "A step by phase",
                  .headings = {"phase", "share", "microseconds a step", "waiting"},
                  .rows = {},
                  .text_columns = {1}};
  double all = 0;
  for (const PhaseTime& phase : report.phases) all += phase.seconds;
  const auto steps = static_cast<double>(std::max<std::int64_t>(1, report.steps));
  for (const PhaseTime& phase : report.phases)
    table.rows.push_back({escaped(phase.name), bar(all > 0 ? phase.seconds / all : 0),
                          value(1e6 * phase.seconds / steps), percent_text(phase.waiting)});
  return html(table);
}

std::string layers_table(const RunReport& report) {
  HtmlTable table{.caption = "A step by layer, in microseconds of all threads",
                  .headings = {"layer", "forward", "backward", "gradient", "update"},
                  .rows = {}};
  const auto steps = static_cast<double>(std::max<std::int64_t>(1, report.steps));
  for (const LayerTime& layer : report.layers)
    table.rows.push_back({name(layer.name), value(1e6 * layer.forward / steps), value(1e6 * layer.backward / steps),
                          value(1e6 * layer.gradient / steps), value(1e6 * layer.update / steps)});
  return html(table);
}

}  // namespace

std::string time_section(const RunReport& report) {
  std::string text;
  if (!report.times.empty()) {
    text += "<dl class=\"facts\">";
    for (const Fact& fact : report.times)
      text += "<div><dt>" + escaped(fact.name) + "</dt><dd>" + escaped(fact.text) + "</dd></div>";
    text += "</dl>\n";
  }
  if (!report.time_parts.empty()) text += parts_table(report);
  if (!report.phases.empty()) text += phases_table(report);
  if (!report.layers.empty()) text += layers_table(report);
  return text;
}

}  // namespace millrace::report
