// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   class Rows : public RecordReader { ... };
//   const std::vector<CsvChunk> chunks = read_records(file, team, rows);
//
// Every record of a file, each read once, in any order, on the workers of a team. Which error is found does not depend
// on how many they are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "table/csv/chunks.hpp"
#include "table/csv/file.hpp"
#include "table/csv/number_run.hpp"
#include "threads/crew.hpp"

namespace millrace {

class RecordReader {
 public:
  RecordReader() = default;
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;
  virtual ~RecordReader() = default;

  /// Called before any record is read, and once more if a first way of finding the records went wrong: what was read by
  /// then does not count.
  virtual void begin(std::span<const CsvChunk> chunks) = 0;
  /// Reads the record that starts here and belongs to that row, on any thread. Returns where the next line starts.
  /// Throws Error{data}.
  virtual const char* read(const char* record, std::int64_t row, std::int64_t chunk) = 0;
};

/// Returns the chunks in which the records were read. Throws the error of the first record that has one.
std::vector<CsvChunk> read_records(const CsvFile& file, Crew& team, RecordReader& reader);

/// Reads `count` neighbouring cells of numbers of a record, the first of which starts at `at`: plain numbers by `scan`, each
/// other cell by other(at, i, values[i]), which returns where it ends. Returns where the last cell ends.
/// Throws Error{data} if the record has fewer cells.
template <class Other>
const char* read_number_cells(const CsvFile& file, NumberScanner scan, const char* at, const char* record,
                              std::int64_t count, float* values, const Other& other) {
  const CsvSyntax& syntax = file.syntax;
  const bool plain = file.form.plain();
  for (std::int64_t done = 0;;) {
    if (plain) {
      const NumberRun read = scan(at, syntax.end, syntax.delimiter, values + done, count - done);
      done += read.count;
      at = read.at;
    }
    if (done == count) return at;
    at = other(at, done, values[done]);
    if (++done == count) return at;
    if (at == syntax.end || *at != syntax.delimiter) file.fail_record(record);
    ++at;
  }
}

}  // namespace millrace
