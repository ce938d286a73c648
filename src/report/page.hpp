// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   write_file_atomically("report.html", page_of(report));
//
// The page of a run: one file of well-formed XHTML that loads nothing.
#pragma once

#include <string>
#include <vector>

#include "report/run_report.hpp"

namespace millrace::report {

[[nodiscard]] std::string page_of(const RunReport& report);

/// A part of a page: its anchor, its heading, and markup.
struct PagePart {
  std::string id, title, content;
};
/// The template around parts of any page. heading: markup of the <h1>; title: text.
[[nodiscard]] std::string page_of(const std::string& title, const std::string& heading, const std::string& subtitle,
                                  const std::vector<PagePart>& parts);

}  // namespace millrace::report
