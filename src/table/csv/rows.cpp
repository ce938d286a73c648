// SPDX-License-Identifier: Apache-2.0
#include "table/csv/rows.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "millrace/error.hpp"
#include "table/csv/number.hpp"
#include "table/csv/short_number.hpp"

namespace millrace {

namespace {

// In blocks short enough for a count in one byte: then compilers compare and count 16 bytes at once.
std::int64_t count_line_ends(const char* at, const char* end) {
  std::int64_t lines = 0;
  while (at != end) {
    const std::ptrdiff_t block = std::min<std::ptrdiff_t>(end - at, 255);
    std::uint8_t here = 0;
    for (std::ptrdiff_t i = 0; i < block; ++i) here = static_cast<std::uint8_t>(here + (at[i] == '\n'));
    lines += here;
    at += block;
  }
  return lines;
}

// At least as many rows as will be written to: one a line end, and a whole row of n cells has n - 1 delimiters and a
// line end. A row that is not whole is the last one, refused after some of its cells were written: it needs room too.
std::int64_t room_for_rows(const CsvFile& file) {
  const auto lines = 1 + count_line_ends(file.body, file.syntax.end);
  const auto bytes = 1 + (file.syntax.end - file.body);
  return std::min<std::int64_t>(lines, bytes / static_cast<std::int64_t>(file.names.size()) + 1);
}

}  // namespace

CsvRows::CsvRows(const CsvFile& file, const CsvColumns& columns) : file_(file), columns_(columns) {
  const std::int64_t room = room_for_rows(file);
  features = Matrix(room, static_cast<std::int64_t>(columns.feature_names.size()));
  targets = Matrix(room, static_cast<std::int64_t>(columns.target_names.size()));
  const auto is_weight = [](CsvUse use) { return use.role == CsvRole::weight; };
  if (std::any_of(columns.uses.begin(), columns.uses.end(), is_weight)) weights.resize(static_cast<std::size_t>(room));
}

void CsvRows::read(CsvLabels& labels) {
  for (const char* at = file_.record_at(file_.body); at != file_.syntax.end; ++rows)
    at = file_.record_at(read_record(at, labels));
  weights.resize(weights.empty() ? 0 : static_cast<std::size_t>(rows));
}

float* CsvRows::place(CsvUse use) {
  if (use.role == CsvRole::feature) return features.row(rows) + use.index;
  if (use.role == CsvRole::weight) return weights.data() + rows;
  return targets.row(rows) + use.index;
}

const char* CsvRows::read_record(const char* record, CsvLabels& labels) {
  const CsvSyntax& syntax = file_.syntax;
  const std::size_t last = columns_.uses.size() - 1;
  const char* at = record;
  for (std::size_t column = 0;; ++column) {
    const CsvUse use = columns_.uses[column];
    if (use.role == CsvRole::unused) {
      if (scan_cell(syntax, at).flaw != CsvFlaw::none) file_.fail_record(record);
    } else if (use.role == CsvRole::label) {
      at = read_label(at, record, labels);
    } else {
      // Most cells are a number with its delimiter right behind it: no need to look for the cell's end first.
      float* const value = place(use);
      const char* const cell = at;
      at = parse_short_number(cell, syntax.end, syntax.delimiter, *value);
      if (at == nullptr || !syntax.at_cell_end(at)) at = read_number(cell, record, column, *value);
      if (use.role == CsvRole::weight) check_weight(cell, column, *value);
    }
    if (column == last) break;
    if (at == syntax.end || *at != syntax.delimiter) file_.fail_record(record);
    ++at;
  }
  if (!syntax.at_line_end(at)) file_.fail_record(record);
  return syntax.past_line_end(at);
}

const char* CsvRows::read_number(const char* cell, const char* record, std::size_t column, float& value) const {
  const auto plain = fast_float::from_chars(cell, file_.syntax.end, value);
  if (plain.ec == std::errc() && file_.syntax.at_cell_end(plain.ptr) && std::isfinite(value)) return plain.ptr;

  // Quotes, blanks, a plus sign, or no number at all.
  const char* at = cell;
  const CsvCell found = scan_cell(file_.syntax, at);
  const std::optional<float> number = cell_number(found.text);
  if (found.flaw != CsvFlaw::none || !number || !std::isfinite(*number)) {
    file_.check_record(record);
    file_.fail_cell(cell, column, number_problem(cell_text(found)));
  }
  value = *number;
  return at;
}

const char* CsvRows::read_label(const char* cell, const char* record, CsvLabels& labels) {
  const char* at = cell;
  const CsvCell found = scan_cell(file_.syntax, at);
  if (found.flaw != CsvFlaw::none) file_.fail_record(record);
  *place({CsvRole::label, 0}) = labels.add(found, cell, record);
  return at;
}

void CsvRows::check_weight(const char* cell, std::size_t column, float weight) const {
  if (weight >= 0) return;
  file_.fail_cell(cell, column, number_text(weight) + " is negative, expected a weight of 0 or more");
}

}  // namespace millrace
