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

/// A cell that is not of the kind that TableOptions::kinds asks for, or a record with another number of cells than the
/// header. With TableOptions::unread, read_table() takes such a cell, and every cell of such a record, for missing, and
/// appends it to the list, in the order of rows. The table may then have no rows.
/// Still throws Error{data} for a file that cannot be opened, and for quotes that never close.
struct UnreadCell {
  std::int64_t row = 0;   ///< from 0
  std::string place{};    ///< "line 17"
  std::string column{};   ///< empty for a record
  std::string text{};     ///< of the cell
  std::string problem{};  ///< "'abc' is not a number, expected one"
};

/// The largest share of the cells of a column that may be of another kind than the others, such as typing errors.
inline constexpr double most_stray = 0.1;

/// Reads rows to train on, as read_table(paths, options) does, but bears with a few cells of another kind: a column whose
/// cells are numbers, or dates, except for a share of at most most_stray, has that kind. Its other cells are missing, and
/// its obstacles name them. A column of `targets` becomes such a column only if options.kinds asks for it.
/// options.unread has no effect. Throws as read_table() does.
[[nodiscard]] Table read_training_table(const std::vector<std::string>& paths, const TableOptions& options,
                                        const std::vector<std::string>& targets = {});

}  // namespace millrace
