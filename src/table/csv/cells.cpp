// SPDX-License-Identifier: Apache-2.0
#include "table/csv/cells.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "millrace/error.hpp"
#include "table/csv/missing.hpp"
#include "table/storage/stored.hpp"

namespace millrace {

namespace {

// 01, "+001", but not 0.5
bool is_padded(const char* at, const char* end) {
  while (at != end && (*at == ' ' || *at == '"' || *at == '+' || *at == '-')) ++at;
  return end - at >= 2 && at[0] == '0' && at[1] >= '0' && at[1] <= '9';
}

}  // namespace

CellRows::CellRows(const CsvFile& file, std::vector<CellWay> wanted, bool lenient, std::int64_t watched,
                   std::vector<std::vector<std::string>> kept)
    : ways(std::move(wanted)),
      file_(file),
      has_text_(ways.size()),
      lenient_(lenient),
      watched_(watched),
      kept_(std::move(kept)) {
  std::int64_t place = 0;
  for (const CellWay way : ways) {
    places_.push_back(place);
    place += way != CellWay::skip;
  }
}

void CellRows::read(Crew& team) {
  find_texts();
  for (;;) {
    make_runs();
    chunks = read_records(file_, team, *this);
    bool again = false;
    for (std::size_t column = 0; column < ways.size(); ++column) {
      if (ways[column] != CellWay::number || !has_text_[column]) continue;
      ways[column] = CellWay::text;
      again = true;
    }
    if (!again) return;
  }
}

// A look at the first rows, so that nearly every table is read once: only a column whose first text comes later makes it
// twice.
void CellRows::find_texts() {
  constexpr int some_rows = 1000;
  const char* at = file_.record_at(file_.body);
  for (int row = 0; row < some_rows && at != file_.syntax.end; ++row, at = file_.record_at(at)) {
    for (std::size_t column = 0; column < ways.size(); ++column, ++at) {
      const CsvCell cell = scan_cell(file_.syntax, at);
      if (cell.flaw != CsvFlaw::none) return;
      if (ways[column] == CellWay::number && !lacks_value(cell, static_cast<std::int64_t>(column)) &&
          !file_.form.number(cell_text(cell)))
        ways[column] = CellWay::text;
      if (file_.syntax.at_line_end(at)) break;
    }
    if (!file_.syntax.at_line_end(at)) return;
    at = file_.syntax.past_line_end(at);
  }
}

void CellRows::make_runs() {
  runs_.clear();
  for (std::int64_t column = 0; column < std::ssize(ways); ++column) {
    const bool apart = column == watched_ || column == watched_ + 1;
    if (!runs_.empty() && !apart && runs_.back().way == CellWay::number && ways[column] == CellWay::number)
      ++runs_.back().count;
    else
      runs_.push_back({ways[column], column, 1});
  }
}

void CellRows::begin(std::span<const CsvChunk> of) {
  const std::int64_t rows = of.empty() ? 0 : of.back().first_row + of.back().rows;
  values = unfilled_matrix(rows, places_.back() + (ways.back() != CellWay::skip), file_.storage);
  being_read_ = of;
  missing_.assign(of.size(), std::vector<std::int64_t>(ways.size()));
  marks_.assign(of.size(), {});
  ragged_.assign(of.size(), {});
  for (std::atomic<bool>& flag : has_text_) flag = false;
}

std::int64_t CellRows::missing(std::int64_t column) const {
  std::int64_t count = 0;
  for (const std::vector<std::int64_t>& of_chunk : missing_) count += of_chunk[column];
  return count;
}

std::map<std::string, std::int64_t> CellRows::marks() const {
  std::map<std::string, std::int64_t> all;
  for (const auto& of_chunk : marks_)
    for (const auto& [text, cells] : of_chunk) all[text] += cells;
  return all;
}

bool CellRows::lacks_value(const CsvCell& cell, std::int64_t column) const {
  return is_missing(file_.syntax, cell) && std::ranges::find(kept_[column], cell.text) == kept_[column].end();
}

const char* CellRows::read(const char* record, std::int64_t row, std::int64_t chunk) {
  if (file_.storage && record == being_read_[chunk].begin) pass_over(being_read_[chunk]);
  if (lenient_ && !has_all_cells(record)) return leave_out(record, row, chunk);
  return read_record(record, row, chunk);
}

// The text and the values of a chunk.
void CellRows::pass_over(const CsvChunk& chunk) const {
  file_.storage->passed(chunk.end - chunk.begin + chunk.rows * values.columns() * std::int64_t{sizeof(float)});
}

bool CellRows::has_all_cells(const char* record) const {
  std::int64_t cells = 1;
  for (const char* at = record;; ++at, ++cells) {
    if (scan_cell(file_.syntax, at).flaw != CsvFlaw::none) return true;  // which read_record() refuses
    if (file_.syntax.at_line_end(at)) return cells == std::ssize(ways);
  }
}

// Notes the record down. Its cells are missing: numbers are NaN, texts point to an empty cell, the end of the record.
const char* CellRows::leave_out(const char* record, std::int64_t row, std::int64_t chunk) {
  const char* at = record;
  for (;; ++at) {
    static_cast<void>(scan_cell(file_.syntax, at));
    if (file_.syntax.at_line_end(at)) break;
  }
  ragged_[chunk].push_back({row, record});
  for (std::int64_t column = 0; column < std::ssize(ways); ++column) {
    if (ways[column] == CellWay::skip) continue;
    const auto offset = static_cast<std::uint32_t>(at - being_read_[chunk].begin);
    values.row(row)[place(column)] =
        ways[column] == CellWay::number ? std::numeric_limits<float>::quiet_NaN() : std::bit_cast<float>(offset);
    if (ways[column] == CellWay::number) ++missing_[chunk][column];
  }
  return file_.syntax.past_line_end(at);
}

std::vector<CellRows::Ragged> CellRows::ragged() const {
  std::vector<Ragged> all;
  for (const std::vector<Ragged>& of_chunk : ragged_) all.insert(all.end(), of_chunk.begin(), of_chunk.end());
  return all;
}

const char* CellRows::read_record(const char* record, std::int64_t row, std::int64_t chunk) {
  const CsvSyntax& syntax = file_.syntax;
  const char* at = record;
  for (const Run& run : runs_) {
    if (&run != &runs_.front()) {
      if (at == syntax.end || *at != syntax.delimiter) file_.fail_record(record);
      ++at;
    }
    float* const value = values.row(row) + place(run.column);
    if (run.way == CellWay::number) {
      if (run.column == watched_ && is_padded(at, syntax.end)) has_padded_.store(true, std::memory_order_relaxed);
      at = read_number_cells(file_, scan_numbers_, at, record, run.count, value,
                             [&](const char* cell, std::int64_t i, float& number) {
                               return read_cell(cell, record, run.column + i, number, chunk);
                             });
      continue;
    }
    if (run.way == CellWay::text) {
      const auto offset = at - being_read_[chunk].begin;
      if (offset > std::numeric_limits<std::uint32_t>::max())
        file_.fail_line(record, " belongs to a record of more than 4 GiB, expected shorter ones");
      *value = std::bit_cast<float>(static_cast<std::uint32_t>(offset));
    }
    if (scan_cell(syntax, at).flaw != CsvFlaw::none) file_.fail_record(record);
  }
  if (!syntax.at_line_end(at)) file_.fail_record(record);
  return syntax.past_line_end(at);
}

const char* CellRows::read_cell(const char* at, const char* record, std::int64_t column, float& value,
                                std::int64_t chunk) {
  const CsvCell cell = scan_cell(file_.syntax, at);
  if (cell.flaw != CsvFlaw::none) file_.fail_record(record);
  value = std::numeric_limits<float>::quiet_NaN();
  if (lacks_value(cell, column)) {
    ++missing_[chunk][column];
    if (column == watched_ && !cell.text.empty()) ++marks_[chunk][std::string(cell.text)];
    return at;
  }
  if (const std::optional<float> number = file_.form.number(cell_text(cell)))
    value = *number;
  else
    has_text_[column].store(true, std::memory_order_relaxed);
  return at;
}

}  // namespace millrace
