// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "millrace/unread_cells.hpp"
#include "table/csv/cells.hpp"
#include "table/csv/column_checks.hpp"
#include "table/csv/currencies.hpp"
#include "table/csv/distinct_texts.hpp"
#include "table/csv/header_hints.hpp"
#include "table/csv/header_rows.hpp"
#include "table/csv/precision.hpp"
#include "table/csv/reader.hpp"
#include "table/csv/target_cells.hpp"
#include "table/csv/texts_to_values.hpp"
#include "table/kinds/infer.hpp"
#include "table/target_column.hpp"
#include "table/unnamed.hpp"
#include "threads/run_jobs.hpp"

namespace millrace {

namespace {

constexpr std::string_view who = "table";

class TableReader {
 public:
  TableReader(const CsvFile& file, const TableOptions& options)
      : file_(file), options_(options), ignored_(options.ignore.begin(), options.ignore.end()) {
    for (std::size_t i = 0; i < file.names.size(); ++i) table_.columns.push_back({.name = file.names[i]});
    table_.source = file.path;
    for (const std::string& name : file.names) {
      if (!names_.insert(name).second && !name.empty()) duplicates_.insert(name);
    }
    if (duplicates_.contains(options.target)) file.fail_duplicate(options.target);
    for (const std::string& name : options.ignore) require_column(name, "ignored column");
    for (const auto& [name, kind] : options.kinds) require_column(name, "column");
    if (!options.target.empty()) require_column(options.target, "target column");
  }

  Table read(Crew& team) {
    if (file_.storage) file_.storage->watch(file_.text.data(), std::ssize(file_.text), file_.owner);
    CellRows cells(file_, ways(), options_.unread != nullptr, index_of(options_.target), kept_texts());
    cells.read(team);
    table_.rows = cells.rows();
    table_.values = cells.values;
    PlacesInOrder places(file_);
    for (const CellRows::Ragged& record : cells.ragged()) {
      options_.unread->push_back(
          {.row = record.row,
           .place = places(record.record),
           .problem = "another number of cells than the header line, expected " + std::to_string(file_.names.size())});
    }
    if (table_.rows == 0 && options_.unread == nullptr)
      fail(ErrorKind::data, who, file_.path + " has a header line but no rows, expected at least one row");
    std::vector<TableColumn*> texts;
    for (std::int64_t column = 0; column < std::ssize(table_.columns); ++column) {
      TableColumn& filled = table_.columns[column];
      filled.place = cells.place(column);
      if (cells.ways[column] == CellWay::skip) {
        if (!filled.name.empty() && left_out_as_unnamed(filled.name)) filled.obstacles.push_back(unnamed_obstacle());
        if (duplicates_.contains(filled.name) && kind_or_ignored(filled.name) != ColumnKind::ignored)
          filled.obstacles.emplace_back(
              "another column has the same name: rename one of them, or leave them out (--ignore)");
        continue;
      }
      if (cells.ways[column] == CellWay::number)
        take_numbers(filled, cells, column);
      else
        texts.push_back(&filled);
    }
    take_texts(texts, cells, team);
    texts_.join_units();
    check_precision(cells);
    if (options_.unread == nullptr) {
      for (const auto& [column, problem] : doubtful_columns(file_, number_columns()))
        table_.columns[column].obstacles.push_back(problem);
    }
    if (file_.form.currency && options_.unread == nullptr) check_currencies(file_, number_columns());
    if (const std::string delimiter = header_hint(file_); !delimiter.empty())
      table_.columns[0].obstacles.insert(table_.columns[0].obstacles.begin(), delimiter);
    if (options_.unread != nullptr)
      std::stable_sort(options_.unread->begin(), options_.unread->end(),
                       [](const UnreadCell& a, const UnreadCell& b) { return a.row < b.row; });
    if (const std::string problem = lost_row(file_, table_); !problem.empty()) file_.fail_line(file_.header, problem);
    if (const char* const row = repeated_header(file_, table_); row != nullptr) file_.check_record(row);
    set_target(table_, options_);
    if (cells.has_padded()) name_equal_labels(table_.columns[index_of(options_.target)]);
    return std::move(table_);
  }

 private:
  void require_column(const std::string& name, std::string_view what) const {
    if (names_.contains(name)) return;
    const std::vector<std::string_view> known(file_.names.begin(), file_.names.end());
    std::string hint = header_hint(file_);
    if (hint.empty()) hint = later_header_hint(file_, name);
    if (hint.empty()) hint = missing_header_hint(file_, name);
    fail(ErrorKind::usage, who,
         file_.path + ": " + unknown_name(what, name, known) + (hint.empty() ? "" : "; " + hint));
  }

  [[nodiscard]] std::optional<ColumnKind> kind_or_ignored(const std::string& name) const {
    return ignored_.contains(name) ? ColumnKind::ignored : asked_kind(options_, name);
  }

  [[nodiscard]] bool left_out_as_unnamed(const std::string& name) const {
    return is_unnamed(name) && name != options_.target && !kind_or_ignored(name);
  }

  [[nodiscard]] std::vector<CellWay> ways() const {
    std::vector<CellWay> ways;
    for (const std::string& name : file_.names) {
      const std::optional<ColumnKind> kind = kind_or_ignored(name);
      const bool number = !kind || kind == ColumnKind::number, nameless = name.empty() || duplicates_.contains(name);
      if (kind == ColumnKind::ignored || nameless || left_out_as_unnamed(name))
        ways.push_back(CellWay::skip);
      else
        ways.push_back(number ? CellWay::number : CellWay::text);
    }
    return ways;
  }

  // Of each column, the texts that are classes or levels whatever they usually stand for.
  [[nodiscard]] std::vector<std::vector<std::string>> kept_texts() const {
    std::vector<std::vector<std::string>> kept;
    for (const std::string& name : file_.names) kept.push_back(kept_texts(name));
    return kept;
  }
  [[nodiscard]] std::vector<std::string> kept_texts(const std::string& name) const {
    const auto found = options_.classes.find(name);
    return found == options_.classes.end() ? std::vector<std::string>() : found->second;
  }

  [[nodiscard]] std::int64_t index_of(const std::string& name) const {
    const auto found = std::find(file_.names.begin(), file_.names.end(), name);
    return name.empty() || found == file_.names.end() ? -1 : found - file_.names.begin();
  }

  void name_equal_labels(TableColumn& column) const {
    if (column.kind != ColumnKind::label) return;
    std::ranges::move(equal_labels(file_, index_of(column.name)), std::back_inserter(column.obstacles));
  }

  void take_numbers(TableColumn& column, const CellRows& cells, std::int64_t index) {
    column.kind = ColumnKind::number;
    column.missing = cells.missing(index);
    if (column.name == options_.target) column.marks = cells.marks();
    if (column.missing == table_.rows) column.obstacles.push_back(all_missing());
  }

  [[nodiscard]] std::vector<std::int64_t> number_columns() const {
    std::vector<std::int64_t> columns;
    for (std::int64_t column = 0; column < std::ssize(table_.columns); ++column) {
      if (table_.columns[column].kind == ColumnKind::number) columns.push_back(column);
    }
    return columns;
  }

  void check_precision(const CellRows& cells) {
    std::vector<ReadColumn> numbers;
    for (const std::int64_t column : number_columns())
      numbers.push_back({column, table_.values.row(0) + cells.place(column), table_.values.columns()});
    for (const CloseColumn& found : close_columns(file_, numbers, table_.rows))
      table_.columns[found.column].close = found.problem;
    keep_exact_target();
    for (TableColumn& column : table_.columns)
      if (!column.close.empty() && column.name != options_.target) column.obstacles.push_back(column.close);
  }

  // The numbers of a target may be classes, which fp32 must not merge.
  void keep_exact_target() {
    const std::int64_t index = index_of(options_.target);
    if (index < 0) return;
    TableColumn& column = table_.columns[index];
    if (column.kind != ColumnKind::number || (column.close.empty() && !has_large_numbers(table_, column))) return;
    ExactNumbers exact = exact_numbers(file_, index);
    if (!exact.close.empty()) column.close = exact.close;
    // A record of too few cells that is left out may lack this one.
    if (std::ssize(exact.numbers) == table_.rows) keep_exact(table_, column, std::move(exact.numbers));
  }

  // In groups of columns, so that the memory for finding their texts has a bound.
  void take_texts(std::span<TableColumn* const> columns, const CellRows& cells, Crew& team) {
    constexpr std::size_t most = 64;
    TextColumns texts{.syntax = file_.syntax,
                      .parts = {},
                      .codes = {},
                      .stride = table_.values.columns(),
                      .may_be_missing = true,
                      .storage = file_.storage};
    for (const CsvChunk& chunk : cells.chunks)
      texts.parts.push_back({{chunk.first_row, chunk.first_row + chunk.rows}, chunk.begin});
    for (; !columns.empty(); columns = columns.subspan(std::min(most, columns.size()))) {
      const auto group = columns.first(std::min(most, columns.size()));
      std::vector<std::vector<const char*>> places;
      texts.codes.clear();
      texts.kept.clear();
      texts.marked = -1;
      for (const TableColumn* column : group) {
        if (column->name == options_.target) texts.marked = std::ssize(places);
        places.push_back(texts_.is_lenient(*column) ? cell_places(texts, *column) : std::vector<const char*>());
        texts.codes.push_back(table_.values.row(0) + column->place);
        texts.kept.push_back(kept_texts(column->name));
      }
      std::vector<DistinctTexts> found = distinct_texts(texts, team);
      for (std::size_t i = 0; i < group.size(); ++i) {
        if (are_plus_and_minus(found[i])) keep_minus(*group[i], found[i]);
        texts_.take(*group[i], found[i], places[i]);
      }
    }
  }

  // Makes the cells that say - a class beside +. Rare, so the text is read again.
  void keep_minus(const TableColumn& column, DistinctTexts& found) {
    const std::vector<std::int64_t> columns{index_of(column.name)};
    std::string_view minus;
    std::int64_t cells = 0, row = 0;
    for_each_cell(file_, columns, [&](std::int64_t, std::string_view cell) {
      if (cell == "-" && minus.empty()) minus = cell;
      ++cells;
    });
    if (cells != table_.rows) return;  // a record of too few cells that is left out lacks this one
    for_each_cell(file_, columns, [&](std::int64_t, std::string_view cell) {
      if (cell == "-") table_.values.row(row)[column.place] = 1;
      ++row;
    });
    found.texts.push_back(minus);
    found.counts.push_back(found.marks.at("-"));
    found.missing -= found.counts.back();
    found.marks.clear();
  }

  // Where the cells of a column of texts start, by row. To be called before distinct_texts() replaces the bits.
  [[nodiscard]] std::vector<const char*> cell_places(const TextColumns& texts, const TableColumn& column) {
    std::vector<const char*> places(table_.rows);
    for (const TextColumns::Part& part : texts.parts) {
      for (std::int64_t row = part.rows.begin; row < part.rows.end; ++row)
        places[row] = part.text + std::bit_cast<std::uint32_t>(table_.values.row(row)[column.place]);
    }
    return places;
  }

  const CsvFile& file_;
  const TableOptions& options_;
  std::set<std::string> names_, duplicates_, ignored_;
  Table table_;
  TextsToValues texts_{file_, options_, table_};
};

}  // namespace

Table read_table(const std::string& path, const TableOptions& options) {
  return read_table(std::vector<std::string>{path}, options);
}

Table read_table(const std::vector<std::string>& paths, const TableOptions& options) {
  CsvFile file = open_csv(paths, options.format);
  file.storage = options.storage;
  return read_table(file, options);
}

Table read_table(const CsvFile& file, const TableOptions& options) {
  TableReader reader(file, options);
  Crew crew(workers_for(chunks_of(file), options.threads));
  Table table;
  crew.run([&](Crew& team) { table = reader.read(team); });
  return table;
}

}  // namespace millrace
