// SPDX-License-Identifier: Apache-2.0
#include "table/slips.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/excerpt.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "millrace/error.hpp"
#include "table/kinds/date_form.hpp"
#include "table/level_counts.hpp"

namespace millrace {

namespace {

constexpr double least_sound = 1 - most_stray;  // share of cells that makes a column one of numbers with slips

// The kind that nearly all cells of a category have: number or date. Nothing: none.
std::optional<ColumnKind> kind_with_slips(const Table& table, const TableColumn& column, const TableOptions& options) {
  const auto [counts, missing] = count_levels(table, column);
  const std::int64_t cells = table.rows - missing;
  const auto nearly_all = [cells](std::int64_t of_kind) {
    return cells > 0 && static_cast<double>(of_kind) >= least_sound * static_cast<double>(cells);
  };
  const TextFormat& format = options.format;
  if (format.decimal == '.' && format.thousands == 0 && !format.percent && !format.currency) {
    std::int64_t numbers = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) numbers += parse_number(column.levels[i]) ? counts[i] : 0;
    if (nearly_all(numbers)) return ColumnKind::number;
  }
  const std::vector<std::string_view> texts(column.levels.begin(), column.levels.end());
  return nearly_all(usual_dates(texts, counts, asked_order(options, column.name)).cells)
             ? std::optional(ColumnKind::date)
             : std::nullopt;
}

class Reader {
 public:
  Reader(const std::vector<std::string>& paths, TableOptions options) : paths_(paths), options_(std::move(options)) {
    options_.unread = nullptr;
  }

  // Cells of another kind than the one asked for are missing. Nothing: they are too many, or a record cannot be split.
  [[nodiscard]] std::optional<Table> leniently() const {
    std::vector<UnreadCell> unread;
    TableOptions options = options_;
    options.unread = &unread;
    Table table = read_table(paths_, options);
    std::map<std::string_view, std::int64_t> counts;
    for (const UnreadCell& cell : unread) {
      if (!is_infinite(cell)) ++counts[cell.column];
      const bool many = static_cast<double>(counts[cell.column]) > most_stray * static_cast<double>(table.rows);
      if (cell.column.empty() || many) return std::nullopt;
    }
    for (const ColumnNote& note : stray_cells(unread)) {
      const auto named = [&](const TableColumn& column) { return column.name == note.column; };
      std::ranges::find_if(table.columns, named)->obstacles.push_back(note.text);
    }
    return table.rows == 0 ? std::nullopt : std::optional(std::move(table));
  }

  // What was refused because of a cell that is not of the kind asked for.
  [[nodiscard]] Table read() const {
    const bool asked = std::ranges::any_of(options_.kinds, [](const auto& each) {
      return each.second == ColumnKind::number || each.second == ColumnKind::date;
    });
    try {
      return read_table(paths_, options_);
    } catch (const Error& error) {
      if (!asked || error.kind() != ErrorKind::data) throw;
      if (std::optional<Table> table = leniently()) return std::move(*table);
      throw;
    }
  }

 private:
  const std::vector<std::string>& paths_;
  TableOptions options_;
};

// The line that holds the first of several cells in one row near the top; empty: there is none.
std::string place_of_units(const std::vector<UnreadCell>& unread) {
  for (std::size_t i = 1; i < unread.size() && unread[i].row < most_lines_of_units; ++i) {
    if (unread[i].row == unread[i - 1].row && unread[i].column != unread[i - 1].column) return unread[i].place;
  }
  return "";
}

}  // namespace

std::string line_of_units(const std::string& place, const std::vector<std::string>& texts) {
  std::string listed;
  constexpr std::size_t most = 4;
  for (std::size_t i = 0; i < std::min(texts.size(), most); ++i) listed += (i == 0 ? "" : ", ") + excerpt(texts[i]);
  return place + " says " + listed + (texts.size() > most ? " and more" : "") +
         " in columns of numbers, expected numbers: if it holds units or descriptions, take it off (sed '" +
         place.substr(place.rfind(' ') + 1) + "d' FILE > table.csv)";
}

std::vector<ColumnNote> stray_cells(const std::vector<UnreadCell>& unread) {
  std::map<std::string, std::vector<const UnreadCell*>> by_column;
  std::vector<std::string> units;
  const std::string place = place_of_units(unread);
  for (const UnreadCell& cell : unread) {
    by_column[cell.column].push_back(&cell);
    if (!place.empty() && cell.place == place) units.push_back(cell.text);
  }
  std::vector<ColumnNote> notes;
  for (const auto& [name, cells] : by_column) {
    const bool are_units = !place.empty() && cells.front()->place == place && cells.back()->row < most_lines_of_units;
    notes.push_back({name, counted(std::ssize(cells), "cell is", "cells are") + " taken for missing" +
                               (are_units ? ": " + line_of_units(place, units)
                                          : ", the first in " + cells.front()->place + ": " + cells.front()->problem)});
  }
  return notes;
}

bool is_infinite(const UnreadCell& cell) {
  const std::optional<double> number = parse_number(cell.text);
  return number && std::isinf(static_cast<float>(*number));
}

bool is_mostly_numbers(const Table& table, const TableColumn& column, const TableOptions& options) {
  return kind_with_slips(table, column, options) == ColumnKind::number;
}

Table read_training_table(const std::vector<std::string>& paths, const TableOptions& options,
                          const std::vector<std::string>& targets) {
  Table table = Reader(paths, options).read();
  TableOptions again = options;
  for (const TableColumn& column : table.columns) {
    if (column.kind != ColumnKind::category || options.kinds.contains(column.name) || contains(targets, column.name))
      continue;
    if (const std::optional<ColumnKind> kind = kind_with_slips(table, column, options))
      again.kinds[column.name] = *kind;
  }
  if (again.kinds.size() == options.kinds.size()) return table;
  std::optional<Table> lenient = Reader(paths, again).leniently();
  if (!lenient) return table;
  // The first reading has seen what stands beside the slips: a line of units, say.
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (!again.kinds.contains(table.columns[i].name)) lenient->columns[i].obstacles = table.columns[i].obstacles;
  }
  return std::move(*lenient);
}

}  // namespace millrace
