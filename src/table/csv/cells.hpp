// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   CellRows cells(file, ways);
//   cells.read(team);
//   cells.values.row(7)[cells.place(3)]     // a number, or the place of a cell of text
//
// The one pass over a table whose columns are of several kinds. A column that holds numbers is read as such, all others
// are noted down: the four bytes of the value say where in its chunk the cell starts, so that nothing is kept of a text
// but its place in the file.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "millrace/data.hpp"
#include "table/csv/number_run.hpp"
#include "table/csv/records.hpp"

namespace millrace {

/// What is done with the cells of a column.
enum class CellWay : std::uint8_t { number, text, skip };

class CellRows final : public RecordReader {
 public:
  /// ways: one per column of the file. A column of numbers becomes one of text where a cell of it is neither a number nor
  /// missing.
  /// lenient: a record with another number of cells is noted in `ragged`, and its cells are missing.
  /// watched: a column whose numbers are looked at for zeros in front, has_padded(), and whose marks() are counted; -1: none.
  /// kept: for each column texts that are no missing values, though they usually stand for one.
  CellRows(const CsvFile& file, std::vector<CellWay> ways, bool lenient, std::int64_t watched,
           std::vector<std::vector<std::string>> kept);

  /// A record with another number of cells than the file has columns.
  struct Ragged {
    std::int64_t row;
    const char* record;
  };

  /// Throws Error{data} for the first record that cannot be split into cells.
  void read(Crew& team);

  Matrix values;  ///< [rows x columns that are not skipped]
  std::vector<CsvChunk> chunks;
  std::vector<CellWay> ways;

  [[nodiscard]] std::int64_t rows() const { return values.rows(); }
  /// The column of `values` that a column of the file goes to.
  [[nodiscard]] std::int64_t place(std::int64_t column) const { return places_[column]; }
  /// How many cells of a column of numbers are missing; their values are NaN.
  [[nodiscard]] std::int64_t missing(std::int64_t column) const;
  /// The missing cells of the watched column, if it is one of numbers, that are not empty: how many have each text.
  [[nodiscard]] std::map<std::string, std::int64_t> marks() const;
  /// In the order of rows.
  [[nodiscard]] std::vector<Ragged> ragged() const;
  /// Whether a number of the watched column is written like 01.
  [[nodiscard]] bool has_padded() const { return has_padded_; }
  void begin(std::span<const CsvChunk> chunks) override;
  const char* read(const char* record, std::int64_t row, std::int64_t chunk) override;

 private:
  struct Run {
    CellWay way;
    std::int64_t column, count;
  };

  void find_texts();
  void pass_over(const CsvChunk& chunk) const;
  void make_runs();
  const char* read_record(const char* record, std::int64_t row, std::int64_t chunk);
  [[nodiscard]] bool has_all_cells(const char* record) const;
  const char* leave_out(const char* record, std::int64_t row, std::int64_t chunk);
  const char* read_cell(const char* at, const char* record, std::int64_t column, float& value, std::int64_t chunk);
  [[nodiscard]] bool lacks_value(const CsvCell& cell, std::int64_t column) const;

  const CsvFile& file_;
  NumberScanner scan_numbers_ = number_scanner();
  std::vector<std::int64_t> places_;
  std::vector<Run> runs_;
  std::vector<std::atomic<bool>> has_text_;                 // per column: a cell of it is neither a number nor missing
  std::vector<std::vector<std::int64_t>> missing_;          // per chunk and column
  std::vector<std::map<std::string, std::int64_t>> marks_;  // per chunk, of the watched column
  bool lenient_;
  std::int64_t watched_;
  std::vector<std::vector<std::string>> kept_;
  std::atomic<bool> has_padded_ = false;
  std::vector<std::vector<Ragged>> ragged_;  // per chunk
  std::span<const CsvChunk> being_read_;
};

}  // namespace millrace
