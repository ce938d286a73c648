// SPDX-License-Identifier: Apache-2.0
#include "report/sections/section.hpp"

#include <array>

namespace millrace::report {

// One line a section; each is defined in the file of its name.
std::string summary_section(const RunReport& report);
std::string training_section(const RunReport& report);
std::string layers_section(const RunReport& report);
std::string classes_section(const RunReport& report);
std::string numbers_section(const RunReport& report);
std::string slices_section(const RunReport& report);
std::string importance_section(const RunReport& report);
std::string columns_section(const RunReport& report);
std::string network_section(const RunReport& report);
std::string time_section(const RunReport& report);
std::string settings_section(const RunReport& report);

std::span<const SectionRow> section_table() {
  static const std::array<SectionRow, 11> table{{{"summary", "Summary", summary_section},
                                                 {"training", "Training", training_section},
                                                 {"layers", "Layers while training", layers_section},
                                                 {"classes", "Classes", classes_section},
                                                 {"numbers", "Errors", numbers_section},
                                                 {"slices", "Where it is worse", slices_section},
                                                 {"importance", "What it relies on", importance_section},
                                                 {"columns", "Table", columns_section},
                                                 {"network", "Network", network_section},
                                                 {"time", "Time", time_section},
                                                 {"settings", "Repeat it", settings_section}}};
  return table;
}

}  // namespace millrace::report
