// SPDX-License-Identifier: Apache-2.0
//
// Everything that is needed to repeat the run.
#include "report/html.hpp"
#include "report/sections/section.hpp"

namespace millrace::report {

std::string settings_section(const RunReport& report) {
  std::string text;
  if (!report.command.empty())
    text += paragraph("This command repeats the run:") + "<pre tabindex=\"0\"><code>" + escaped(report.command) +
            "</code></pre>\n";
  if (!report.toml.empty())
    text += paragraph("run.toml has these settings:") + "<pre tabindex=\"0\"><code>" + escaped(report.toml) +
            "</code></pre>\n";
  if (!report.origin.empty()) {
    text += "<dl class=\"facts\">";
    for (const Fact& fact : report.origin)
      text += "<div><dt>" + escaped(fact.name) + "</dt><dd>" + escaped(fact.text) + "</dd></div>";
    text += "</dl>\n";
  }
  return text;
}

}  // namespace millrace::report
