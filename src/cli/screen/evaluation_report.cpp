// SPDX-License-Identifier: Apache-2.0
#include "cli/screen/evaluation_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/formatted.hpp"
#include "cli/screen/json_line.hpp"
#include "cli/screen/printable.hpp"
#include "cli/screen/report.hpp"

namespace millrace::cli {

namespace {

using Json = nlohmann::ordered_json;

// Lines of cells in columns: the first to the left, the others to the right.
std::string aligned(const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths(lines[0].size());
  for (const auto& line : lines) {
    for (std::size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], character_count(line[c]));
  }
  std::string text;
  for (const auto& line : lines) {
    for (std::size_t c = 0; c < line.size(); ++c) {
      const std::string blanks(widths[c] - character_count(line[c]), ' ');
      text += c == 0 ? line[c] + blanks : "  " + blanks + line[c];
    }
    text += "\n";
  }
  return text;
}

std::string class_table(const std::vector<ClassScores>& classes) {
  std::vector<std::vector<std::string>> lines{{"class", "precision", "recall", "f1", "rows"}};
  for (const ClassScores& of : classes)
    lines.push_back({printable_line(of.name), formatted("%.4f", of.precision), formatted("%.4f", of.recall),
                     formatted("%.4f", of.f1), formatted("%.6g", of.rows)});
  return aligned(lines);
}

std::string confusion_table(const ConfusionMatrix& matrix) {
  std::vector<std::string> names;
  for (const std::string& name : matrix.classes) names.push_back(printable_line(name));
  std::size_t width = 5;
  for (const std::string& name : names) width = std::max(width, character_count(name));
  for (const double count : matrix.counts) width = std::max(width, formatted("%.6g", count).size());
  const auto aligned = [&](const std::string& text) { return std::string(width - character_count(text), ' ') + text; };
  std::string text = "rows by actual class (down) and predicted class (across)\n" + std::string(width, ' ');
  for (const std::string& name : names) text += "  " + aligned(name);
  for (std::size_t actual = 0; actual < names.size(); ++actual) {
    text += "\n" + aligned(names[actual]);
    for (std::size_t predicted = 0; predicted < names.size(); ++predicted)
      text += "  " + aligned(formatted("%.6g", matrix.count(actual, predicted)));
  }
  return text + "\n";
}

std::string importance_table(const std::vector<ColumnImportance>& columns) {
  std::vector<std::vector<std::string>> lines{{"column", "loss grows by", "deviation"}};
  for (const ColumnImportance& column : columns)
    lines.push_back(
        {printable_line(column.name), formatted("%.6g", column.worse), formatted("%.2g", column.deviation)});
  return aligned(lines);
}

Json confusion_json(const ConfusionMatrix& matrix) {
  Json rows = Json::array();
  for (std::size_t actual = 0; actual < matrix.classes.size(); ++actual) {
    rows.push_back(Json::array());
    for (std::size_t predicted = 0; predicted < matrix.classes.size(); ++predicted)
      rows.back().push_back(matrix.count(actual, predicted));
  }
  return {{"classes", matrix.classes}, {"rows", rows}};
}

}  // namespace

std::string evaluation_text(const EvaluationReport& report) {
  std::string text = evaluation_text(report.values) + "\n";
  if (!report.classes.empty()) text += class_table(report.classes);
  if (report.confusion) text += confusion_table(*report.confusion);
  if (report.importance) text += importance_table(*report.importance);
  return text;
}

std::string evaluation_json(const EvaluationReport& report) {
  Json object{{"loss", report.values.loss}};
  for (const auto& [name, value] : report.values.metrics) object[name] = value;
  for (const ClassScores& of : report.classes)
    object["classes"].push_back(
        {{"name", of.name}, {"precision", of.precision}, {"recall", of.recall}, {"f1", of.f1}, {"rows", of.rows}});
  if (report.confusion) object["confusion"] = confusion_json(*report.confusion);
  if (report.importance) {
    object["importance"] = Json::array();
    for (const ColumnImportance& column : *report.importance)
      object["importance"].push_back(
          {{"column", column.name}, {"worse", column.worse}, {"deviation", column.deviation}});
  }
  // Names may contain any bytes.
  return json_line(object);
}

}  // namespace millrace::cli
