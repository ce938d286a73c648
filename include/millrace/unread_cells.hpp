// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   std::vector<UnreadCell> unread;
//   TableOptions options = model.table_options();
//   options.unread = &unread;
//   const Table table = read_table("today.csv", options);
//   const Matrix scores = model.predict(table);      // rows of unread cells as if these were missing
//
// Reading rows that others depend on: what cannot be read is named and does not stop the rest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/table.hpp"

namespace millrace {

/// A cell that is not of the kind that was asked for, or a record with another number of cells than the header.
/// With TableOptions::unread, read_table() takes a cell that is not of the kind that TableOptions::kinds asks for as missing,
/// and so each cell of such a record, and appends these to the list, in the order of rows. The table may have no rows then.
/// Still throws Error{data} for a file that cannot be opened, and for quotes that never close.
struct UnreadCell {
  std::int64_t row = 0;   ///< from 0
  std::string place{};    ///< "line 17"
  std::string column{};   ///< empty for a record
  std::string text{};     ///< of the cell
  std::string problem{};  ///< "'abc' is not a number, expected one"
};

/// The share of cells of a column that may be of another kind than all others, such as slips of the keyboard.
inline constexpr double most_stray = 0.1;

/// As read_table(paths, options), for rows to train on: a column that is none of `targets`, and of whose cells nearly all are
/// numbers or nearly all are dates, is of that kind. Its other cells, at most a share of most_stray, are missing, and its
/// obstacles name them. So are those of a column for which options.kinds asks for numbers or dates.
/// options.unread does not count. Throws as read_table() does.
[[nodiscard]] Table read_training_table(const std::vector<std::string>& paths, const TableOptions& options,
                                        const std::vector<std::string>& targets = {});

}  // namespace millrace
