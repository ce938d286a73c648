// SPDX-License-Identifier: Apache-2.0
#include "prepare/column_checks.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/utf8.hpp"
#include "table/kinds/date_form.hpp"
#include "table/storage/stored.hpp"
#include "table/value.hpp"

namespace millrace {

namespace {

// A table that was read without the model's options may have guessed another order of month and day.
void require_order(const Table& table, const TableColumn& column, const PreparedColumn& prepared) {
  const std::optional<DateOrder> order = prepared.date_order();
  if (!column.order_is_guess || !column.date_order || !order || order == column.date_order) return;
  fail(ErrorKind::usage, table.source,
       "the dates of column " + excerpt(column.name) + " fit both orders and were read " +
           std::string(order_text(*column.date_order)) + ", expected " + std::string(order_text(*order)) +
           " as in training: read the table with " + order_flag(*order));
}

// In memory a time of the day is a date on the first day of 1970. Midnight of that day alone may be a date, as of a birth.
void require_form(const Table& table, const TableColumn& column, const PreparedColumn& prepared) {
  const std::optional<bool> times = prepared.times();
  if (!times) return;
  constexpr double day = 86400;
  const std::string name = "column " + excerpt(column.name);
  bool any_time = false;
  Pass pass(storage_of(table));
  for (std::int64_t row = 0; row < table.rows; ++row) {
    pass.over(row_bytes(table));
    const double seconds = table_value(table, column, row);
    if (std::isnan(seconds)) continue;
    const bool may_be_time = seconds >= 0 && seconds < day;
    if (*times && !may_be_time)
      fail(ErrorKind::usage, table.source,
           name + ", row " + std::to_string(row + 1) + " has a date, expected a time of a day as in training");
    if (!*times && !may_be_time) return;
    any_time |= seconds > 0;
  }
  if (!*times && any_time)
    fail(ErrorKind::usage, table.source, name + " holds times of a day, expected dates as in training");
}

}  // namespace

void require_utf8_levels(const Table& table, const TableColumn& column) {
  if (std::ranges::all_of(column.levels, is_utf8)) return;
  fail(ErrorKind::data, "prepare",
       "column " + excerpt(column.name) + " of " + table.source +
           " has texts that are not UTF-8, expected UTF-8, or a file that is read in its own encoding: "
           "--encoding latin1, windows-1252 or another");
}

void require_kind(const Table& table, const TableColumn& column, const PreparedColumn& prepared) {
  // Columns of a file that share a name are not read.
  if (column.kind == ColumnKind::ignored && std::ranges::count(table.columns, column.name, &TableColumn::name) > 1)
    fail(ErrorKind::usage, table.source,
         "there are several columns " + excerpt(column.name) + ", expected one: rename or remove the others");
  const bool dates = column.kind == ColumnKind::date, wanted = prepared.kind() == ColumnKind::date;
  if (column.kind == ColumnKind::ignored || dates != wanted) {
    fail(ErrorKind::usage, table.source,
         "column " + excerpt(column.name) + " is of kind " + std::string(kind_name(column.kind)) + ", expected " +
             std::string(kind_name(prepared.kind())) + " as in training");
  }
  require_order(table, column, prepared);
  require_form(table, column, prepared);
}

}  // namespace millrace
