// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   TextsToValues texts(file, options, table);
//   texts.take(column, found, {});      // column.kind, levels and obstacles, and its values in the table
//
// How the texts of one column become its kind and its values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/table.hpp"
#include "millrace/unread_cells.hpp"
#include "table/csv/column_checks.hpp"
#include "table/csv/file.hpp"
#include "table/kinds/column_texts.hpp"
#include "table/kinds/date_form.hpp"
#include "table/kinds/infer.hpp"

namespace millrace {

class TextsToValues {
 public:
  /// Keeps references to all three.
  TextsToValues(const CsvFile& file, const TableOptions& options, Table& table);

  /// Whether a cell of another kind than the one asked for is missing, and unread, instead of an error.
  [[nodiscard]] bool is_lenient(const TableColumn& column) const;

  /// Sets everything that the texts decide. The column's numbers in the table are codes, which become values: see
  /// distinct_texts(). places: where the cells start, by row; only of a lenient column.
  /// Throws Error{data} for a text that is not of the kind asked for.
  void take(TableColumn& column, const DistinctTexts& found, const std::vector<const char*>& places);

  /// After the last column: if a line has texts among the numbers of several columns, that line is their only obstacle.
  void join_units() const { units_.join(); }

 private:
  [[nodiscard]] std::string line_of(std::string_view text) const;
  [[nodiscard]] float& cell_value(const TableColumn& column, std::int64_t row) const;
  void take_all(TableColumn& column, const DistinctTexts& found);
  void take_readable(TableColumn& column, ColumnKind kind, const DistinctTexts& found,
                     const std::vector<const char*>& places);
  [[nodiscard]] std::optional<double> readable(std::string_view text, ColumnKind kind, const DateForm& dates) const;
  void note_unread(TableColumn& column, std::int64_t row, const char* place, std::string_view text, ColumnKind kind);
  [[nodiscard]] std::string problem_of(const TableColumn& column, std::string_view text, ColumnKind kind) const;
  void set_order(TableColumn& column, std::optional<DateOrder> order, std::string_view unclear) const;
  void note_years(TableColumn& column, const DistinctTexts& found, std::span<const double> seconds) const;
  void leave_out_other_encodings(TableColumn& column, const DistinctTexts& found);
  void refuse_stray_number(const TableColumn& column, const DistinctTexts& found) const;
  void refuse_other_form(const TableColumn& column, const DistinctTexts& found) const;
  [[noreturn]] void refuse_text(const TableColumn& column, std::string_view text, ColumnKind kind) const;
  void set_booleans(const TableColumn& column, const std::vector<double>& values);
  void set_dates(TableColumn& column, const TextKind& dates);

  const CsvFile& file_;
  const TableOptions& options_;
  Table& table_;
  const char* last_line_;
  mutable PlacesInOrder places_{file_};
  UnitLines units_;
};

}  // namespace millrace
