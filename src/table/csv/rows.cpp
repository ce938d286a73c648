// SPDX-License-Identifier: Apache-2.0
#include "table/csv/rows.hpp"

#include <fast_float/fast_float.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/text.hpp"
#include "table/csv/header_hints.hpp"
#include "table/csv/missing.hpp"
#include "table/kinds/number_advice.hpp"
#include "table/matrix.hpp"

namespace millrace {

CsvRows::CsvRows(const CsvFile& file, const CsvColumns& columns, CsvLabels& label, bool skip_missing_targets)
    : file_(file), columns_(columns), label_(label), skip_missing_targets_(skip_missing_targets) {
  for (std::size_t column = 0; column < columns.uses.size(); ++column) {
    const CsvUse use = columns.uses[column];
    const bool number = use.role == CsvRole::feature || use.role == CsvRole::target;
    const bool follows =
        !runs_.empty() && runs_.back().role == use.role && runs_.back().index + runs_.back().count == use.index;
    if (number && follows)
      ++runs_.back().count;
    else
      runs_.push_back({use.role, column, 1, use.index});
  }
}

void CsvRows::read(Crew& team) { read_records(file_, team, *this); }

void CsvRows::begin(std::span<const CsvChunk> chunks) {
  rows = chunks.empty() ? 0 : chunks.back().first_row + chunks.back().rows;
  features = unfilled_matrix(rows, std::ssize(columns_.feature_names));
  targets = unfilled_matrix(rows, std::ssize(columns_.target_names));
  const bool weighted = std::any_of(runs_.begin(), runs_.end(), [](auto& run) { return run.role == CsvRole::weight; });
  weights.assign(weighted ? rows : 0, 0.0F);
  label_.make_room(rows);
  label_parts.assign(chunks.size(), {});
}

float* CsvRows::place(const Run& run, std::int64_t row) {
  if (run.role == CsvRole::feature) return features.row(row) + run.index;
  if (run.role == CsvRole::weight) return weights.data() + row;
  return targets.row(row) + run.index;
}

const char* CsvRows::read(const char* record, std::int64_t row, std::int64_t chunk) {
  const CsvSyntax& syntax = file_.syntax;
  const char* at = record;
  for (const Run& run : runs_) {
    if (&run != &runs_.front()) {
      if (at == syntax.end || *at != syntax.delimiter) file_.fail_record(record);
      ++at;
    }
    const char* const cell = at;
    if (run.role == CsvRole::unused) {
      if (scan_cell(syntax, at).flaw != CsvFlaw::none) file_.fail_record(record);
    } else if (run.role == CsvRole::label) {
      at = read_label(cell, record, row, *place(run, row), label_parts[chunk]);
    } else {
      float* const values = place(run, row);
      at = read_number_cells(file_, scan_numbers_, cell, record, run.count, values,
                             [&](const char* each, std::int64_t i, float& value) {
                               return read_number(each, record, run.column + static_cast<std::size_t>(i), value);
                             });
      if (run.role == CsvRole::weight) check_weight(cell, run.column, *values);
    }
  }
  if (!syntax.at_line_end(at)) file_.fail_record(record);
  return syntax.past_line_end(at);
}

// Most labels are numbers, and read like those of features.
const char* CsvRows::read_label(const char* cell, const char* record, std::int64_t row, float& target,
                                CsvLabelPart& part) {
  if (label_.takes_numbers() && file_.form.plain()) {
    const NumberRun read = scan_numbers_(cell, file_.syntax.end, file_.syntax.delimiter, &target, 1);
    if (read.count == 1) {
      label_.take_number(cell, row, part);
      return read.at;
    }
  }
  return label_.read(cell, record, row, target, part);
}

const char* CsvRows::read_number(const char* cell, const char* record, std::size_t column, float& value) const {
  if (file_.form.plain()) {
    const auto plain = fast_float::from_chars(cell, file_.syntax.end, value);
    if (plain.ec == std::errc() && file_.syntax.at_cell_end(plain.ptr) && std::isfinite(value)) return plain.ptr;
  }
  // Quotes, blanks, a plus sign, marks of another form, or no number at all.
  const char* at = cell;
  const CsvCell found = scan_cell(file_.syntax, at);
  const std::optional<float> number = file_.form.any_number(found.text);
  const bool may_be_missing = skip_missing_targets_ && columns_.uses[column].role == CsvRole::target;
  if (may_be_missing && found.flaw == CsvFlaw::none && is_missing(file_.syntax, found)) {
    value = std::numeric_limits<float>::quiet_NaN();
    return at;
  }
  if (found.flaw != CsvFlaw::none || !number || !std::isfinite(*number)) {
    file_.check_record(record);
    const bool is_text = !number && !is_missing(file_.syntax, found);
    const std::string footer = is_text ? last_line_hint(file_, last_line(file_), found.text) : "";
    file_.fail_cell(cell, column,
                    number_problem(cell_text(found), file_.form, "leave the column out or encode its text as numbers",
                                   {.delimiter = file_.syntax.delimiter}) +
                        (footer.empty() ? "" : "; " + footer));
  }
  value = *number;
  return at;
}

// By its bits: the workers of a team take a negative number below the normal ones for 0.
void CsvRows::check_weight(const char* cell, std::size_t column, float weight) const {
  if (std::bit_cast<std::uint32_t>(weight) <= std::bit_cast<std::uint32_t>(-0.0F)) return;
  file_.fail_cell(cell, column, number_text(weight) + " is negative, expected a weight of 0 or more");
}

}  // namespace millrace
