// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "base/excerpt.hpp"
#include "base/order.hpp"
#include "millrace/table.hpp"
#include "table/level_counts.hpp"
#include "table/target_column.hpp"

namespace millrace {

namespace {

// The values of a column that are not missing, in ascending order.
std::vector<double> sorted_values(const Table& table, const TableColumn& column) {
  std::vector<double> values;
  for (std::int64_t row = 0; row < table.rows; ++row) {
    const double value = number_at(table, column, row);
    if (!std::isnan(value)) values.push_back(value);
  }
  std::sort(values.begin(), values.end());
  return values;
}

std::vector<std::string> most_frequent(const std::vector<std::string>& levels,
                                       const std::vector<std::int64_t>& counts) {
  constexpr std::size_t most = 5;
  const std::vector<std::int64_t> order = largest_first(counts);
  std::vector<std::string> examples;
  for (std::size_t i = 0; i < std::min(order.size(), most); ++i) examples.push_back(levels[order[i]]);
  return examples;
}

void describe_levels(ColumnReport& report, const Table& table, const TableColumn& column) {
  const std::vector<std::int64_t> counts = count_levels(table, column).cells;
  report.examples = most_frequent(column.levels, counts);
  if (column.kind != ColumnKind::label) return;
  std::vector<std::string> single;
  for (std::size_t level = 0; level < counts.size(); ++level) {
    if (counts[level] == 1) single.push_back(excerpt(column.levels[level]));
  }
  if (single.empty()) return;
  report.obstacles.push_back((single.size() == 1 ? "class " + single[0] + " has a single row"
                                                 : "classes " + some_names(single) + " have a single row each") +
                             ", expected two or more: one to train on and one to validate on");
}

}  // namespace

std::vector<ColumnReport> describe(const Table& table) {
  std::vector<ColumnReport> reports;
  for (const TableColumn& column : table.columns) {
    ColumnReport report{
        .name = column.name, .kind = column.kind, .missing = column.missing, .obstacles = column.obstacles};
    if (column.kind == ColumnKind::ignored) {
      reports.push_back(report);
      continue;
    }
    std::vector<double> values = sorted_values(table, column);
    if (!column.levels.empty()) describe_levels(report, table, column);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    report.distinct = std::ssize(values);
    if (column.levels.empty() && !values.empty()) {
      report.least = values.front();
      report.most = values.back();
    }
    if (report.distinct == 1 && report.missing == 0 && column.close.empty())
      report.obstacles.emplace_back("every row has the same value: ignore the column");
    reports.push_back(report);
  }
  return reports;
}

}  // namespace millrace
