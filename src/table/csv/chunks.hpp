// SPDX-License-Identifier: Apache-2.0
//
// A CSV file cut into pieces that can be read in any order, on any number of threads (records.hpp does).
#pragma once

#include <cstdint>
#include <vector>

#include "base/index.hpp"
#include "table/csv/file.hpp"
#include "threads/crew.hpp"

namespace millrace {

struct CsvChunk {
  const char *begin = nullptr, *end = nullptr;  ///< starts of lines, or the end of the text
  std::int64_t first_row = 0, rows = 0;
};

inline constexpr std::int64_t chunk_bytes = std::int64_t{1} << 20;

/// About how many chunks a file has. A thread costs more than it saves where there is less than a chunk for it.
[[nodiscard]] inline std::int64_t chunks_of(const CsvFile& file) {
  return ceil_div(file.syntax.end - file.body, chunk_bytes);
}

/// Cuts at line ends that are not within quotes, after about `bytes` each, and counts a row a line. Fast, and right for
/// nearly every file. It is wrong where a quote stands within a cell that does not begin with one, and where a line is
/// blank. Then the first chunk that is wrong either ends in the middle of a record or has another number of rows; all
/// chunks before it are right.
[[nodiscard]] std::vector<CsvChunk> cut_at_line_ends(const CsvFile& file, Crew& team, std::int64_t bytes = chunk_bytes);

/// Goes over all cells, one after the other. Always right, up to the first flawed record; that one and all after it
/// belong to the last chunk.
[[nodiscard]] std::vector<CsvChunk> cut_at_records(const CsvFile& file, std::int64_t bytes = chunk_bytes);

}  // namespace millrace
