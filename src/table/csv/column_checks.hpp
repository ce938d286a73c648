// SPDX-License-Identifier: Apache-2.0
//
// Columns that are read in one way, and may have been meant in another.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/table.hpp"
#include "table/csv/file.hpp"
#include "table/kinds/column_texts.hpp"

namespace millrace {

/// A column of the file, and what to say of it.
using DoubtfulColumn = std::pair<std::int64_t, std::string>;

/// Columns of numbers whose points more likely stand between thousands, as 1.234 among 567 in German tables, if the file has a
/// decimal point and no mark between thousands; and the first column without a name, if there are some that hold more
/// than row numbers or names of rows, as far as the first rows show.
[[nodiscard]] std::vector<DoubtfulColumn> doubtful_columns(const CsvFile& file,
                                                           const std::vector<std::int64_t>& numbers);

/// Units or descriptions below the names of columns: texts in columns of numbers that stand in one line near the top.
class UnitLines {
 public:
  explicit UnitLines(const CsvFile& file) : file_(file) {}

  /// Looks for such texts in a column of texts.
  void note(TableColumn& column, const DistinctTexts& found);
  /// If a line has texts of several columns, that line is the only obstacle of these columns.
  void join() const;

 private:
  const CsvFile& file_;
  std::map<std::string, std::vector<std::pair<TableColumn*, std::string_view>>> lines_;  // by place
};

}  // namespace millrace
