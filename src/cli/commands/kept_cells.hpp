// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   KeptCells kept(file, {"id"}, "predict");
//   for (...) write(kept.next());      // {"007"}
//
// The cells of columns that are carried through to a file of predictions, as the table writes them: 007, 1.50 and NA stay
// what they are, and nothing is kept in memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "table/csv/file.hpp"

namespace millrace::cli {

class KeptCells {
 public:
  /// No columns.
  KeptCells() = default;
  /// names: of the columns, in the order in which they are wanted. who: the command, for messages.
  /// Throws Error{usage} for an unknown name, Error{data} for one that several columns have.
  KeptCells(const CsvFile& file, const std::vector<std::string>& names, const std::string& who);

  /// The cells of the next row, from the first on, without the quotes around them: one per name. All are empty if the
  /// record has another number of cells than the header line.
  [[nodiscard]] std::vector<std::string> next();

 private:
  CsvFile file_{};
  std::vector<std::int64_t> columns_;
  const char* at_ = nullptr;
};

}  // namespace millrace::cli
