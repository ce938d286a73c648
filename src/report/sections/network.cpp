// SPDX-License-Identifier: Apache-2.0
//
// The layers.
#include "report/html.hpp"
#include "report/sections/section.hpp"

namespace millrace::report {

std::string network_section(const RunReport& report) {
  if (report.network.empty()) return "";
  constexpr std::size_t most_layers = 200;
  HtmlTable table{.caption = "Layers",
                  .headings = {"layer", "operation", "output", "parameters"},
                  .rows = {},
                  .text_columns = {1, 2}};
  for (const LayerFact& layer : report.network) {
    if (table.rows.size() == most_layers) break;
    table.rows.push_back(
        {name(layer.name), escaped(layer.operation), escaped(layer.shape),
         value_as(static_cast<double>(layer.parameters), count_text(static_cast<double>(layer.parameters))) +
             (layer.trainable || layer.parameters == 0 ? "" : " (not trained)")});
  }
  std::string text = html(table);
  if (report.network.size() > most_layers)
    text += paragraph(
        "The first " + std::to_string(most_layers) + " of " + std::to_string(report.network.size()) + " layers.",
        "note");
  return text;
}

}  // namespace millrace::report
