// SPDX-License-Identifier: Apache-2.0
#include "report/page.hpp"

#include <map>
#include <string_view>

#include "millrace/version.hpp"
#include "report/html.hpp"
#include "report/sections/section.hpp"

namespace millrace::report {

namespace {

constexpr std::string_view page_template =
#include "report/page.html"
    ;

// The template with a text for each {{mark}}. Texts may contain marks, which stay as they are.
std::string filled(const std::map<std::string_view, std::string>& texts) {
  constexpr std::string_view open = "{{", close = "}}";
  std::string page;
  std::size_t at = 0;
  for (std::size_t begin = page_template.find(open); begin != std::string_view::npos;
       begin = page_template.find(open, at)) {
    const std::size_t end = page_template.find(close, begin);
    page += page_template.substr(at, begin - at);
    page += texts.at(page_template.substr(begin + open.size(), end - begin - open.size()));
    at = end + close.size();
  }
  return page += page_template.substr(at);
}

}  // namespace

std::string page_of(const std::string& title, const std::string& heading, const std::string& subtitle,
                    const std::vector<PagePart>& parts) {
  std::string links, body;
  for (const PagePart& part : parts) {
    links += "<li><a href=\"#" + part.id + "\">" + escaped(part.title) + "</a></li>";
    body += "<section id=\"" + part.id + "\" aria-labelledby=\"h-" + part.id + "\"><h2 id=\"h-" + part.id + "\">" +
            escaped(part.title) + "</h2>\n" + part.content + "</section>\n";
  }
  return filled({{"title", escaped(title)},
                 {"heading", heading},
                 {"subtitle", subtitle},
                 {"links", links},
                 {"body", body},
                 {"version", escaped(version())}});
}

std::string page_of(const RunReport& report) {
  std::vector<PagePart> parts;
  for (const SectionRow& section : section_table()) {
    if (std::string content = section.content(report); !content.empty())
      parts.push_back({section.id, section.title, std::move(content)});
  }
  return page_of("Report: " + shortened(report.title, 60), name(report.title), "The model " + report.task + ".", parts);
}

}  // namespace millrace::report
