// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/far_rows.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/text.hpp"
#include "millrace/split.hpp"
#include "table/csv/reader.hpp"

namespace millrace::cli {

namespace {

// So far from the values of training that the network may refuse a number, or give no finite output.
constexpr float far_away = 1e18F;

// Whether the model gives the row finite outputs.
bool computes(const Model& model, const Dataset& row) {
  try {
    const Matrix outputs = model.predict(row, 1);
    return std::all_of(outputs.row(0), outputs.row(0) + outputs.columns(), [](float x) { return std::isfinite(x); });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::data) return false;
    throw;
  }
}

// By row of `data`, the feature column of a cell for which the network has no outputs.
std::map<std::int64_t, std::int64_t> far_cells(const Model& model, const Dataset& data) {
  std::map<std::int64_t, std::int64_t> found;
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    const float* const row = data.features.row(data.table_row(r));
    const float* const end = row + data.features.columns;
    const float* const far = std::find_if(row, end, [](float x) { return !(std::abs(x) <= far_away); });
    if (far != end && !computes(model, select_rows(data, std::vector{r}))) found.emplace(r, far - row);
  }
  return found;
}

// The column of the file that the feature column number `place` is made from, and what messages call it. names: of the
// columns that a model without a table takes; empty: they have none.
std::string source_of(const Model& model, const std::vector<std::string>& names, std::int64_t place) {
  const std::vector<TableColumn> columns = model.table_columns();
  if (columns.empty()) return place < std::ssize(names) ? names[place] : "";
  const TableColumn* source = nullptr;
  for (const TableColumn& column : columns) {
    if (column.place <= place && (source == nullptr || column.place > source->place)) source = &column;
  }
  return source == nullptr ? "" : source->name;
}

constexpr const char* too_far = " too far from the values of training, expected a nearer number";

// Names the cells of one column in the rows of the file, with their lines.
void note_far_cells(const CsvFile& file, const std::string& column, const std::vector<std::int64_t>& of_rows,
                    std::vector<UnreadCell>& unread) {
  const std::int64_t index = std::ranges::find(file.names, column) - file.names.begin();
  PlacesInOrder places(file);
  for_each_cell_by_row(file, {index}, [&](std::int64_t row, std::int64_t, const CsvCell& cell) {
    if (!std::ranges::binary_search(of_rows, row)) return;
    unread.push_back({.row = row,
                      .place = places(cell.text.data()),
                      .column = column,
                      .text = std::string(cell.text),
                      .problem = excerpt(cell.text) + " is" + too_far});
  });
}

// The same for a number of an array.
void note_far_number(const Dataset& data, std::int64_t data_row, std::int64_t column, std::int64_t row,
                     std::vector<UnreadCell>& unread) {
  const float value = data.features.row(data.table_row(data_row))[column];
  const std::string text = number_text(value);
  unread.push_back({.row = row,
                    .place = "row " + std::to_string(row + 1),
                    .column = std::to_string(column + 1),
                    .text = text,
                    .problem = text + (std::isnan(value) ? ", expected a number" : std::string(" is") + too_far)});
}

}  // namespace

void leave_out_far_rows(const Model& model, const CsvFile* file, const std::vector<std::string>& names,
                        RowsToPredict& rows) {
  if (rows.data.features.rows == 0) return;
  const std::map<std::int64_t, std::int64_t> far = far_cells(model, rows.data);
  if (far.empty()) return;
  std::map<std::string, std::vector<std::int64_t>> by_column;
  std::vector<std::int64_t> sound;
  for (std::int64_t r = 0; r < std::ssize(rows.place); ++r) {
    if (rows.place[r] < 0) continue;
    const auto at = far.find(rows.place[r]);
    if (at == far.end()) {
      sound.push_back(rows.place[r]);
      rows.place[r] = std::ssize(sound) - 1;
      continue;
    }
    if (file != nullptr)
      by_column[source_of(model, names, at->second)].push_back(r);
    else
      note_far_number(rows.data, rows.place[r], at->second, r, rows.unread);
    rows.place[r] = -1;
  }
  for (const auto& [column, of_rows] : by_column) note_far_cells(*file, column, of_rows, rows.unread);
  std::stable_sort(rows.unread.begin(), rows.unread.end(), [](auto& a, auto& b) { return a.row < b.row; });
  rows.data = sound.empty() ? Dataset() : select_rows(rows.data, sound);
}

void refuse_far_rows(const Model& model, const Dataset& data, const std::string& who) {
  const std::map<std::int64_t, std::int64_t> far = far_cells(model, data);
  const auto is_number = [&](const auto& cell) {
    return !std::isnan(data.features.row(data.table_row(cell.first))[cell.second]);
  };
  const auto first = std::ranges::find_if(far, is_number);
  if (first == far.end()) return;
  const auto [row, column] = *first;
  const std::string source = source_of(model, data.feature_names, column);
  fail(ErrorKind::data, who,
       "column " + (source.empty() ? std::to_string(column + 1) : excerpt(source)) + " of row " +
           std::to_string(data.table_row(row) + 1) + " of " + data.source + " is" + too_far);
}

}  // namespace millrace::cli
