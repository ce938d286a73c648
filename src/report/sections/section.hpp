// SPDX-License-Identifier: Apache-2.0
//
// A section of the page: one file and one row in table.cpp. A section without anything to say is left out.
#pragma once

#include <span>
#include <string>

#include "report/run_report.hpp"

namespace millrace::report {

struct SectionRow {
  const char *id, *title;
  std::string (*content)(const RunReport& report);  ///< markup; empty: the section is left out
};

/// In the order of the page.
[[nodiscard]] std::span<const SectionRow> section_table();

}  // namespace millrace::report
