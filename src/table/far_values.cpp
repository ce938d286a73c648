// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/excerpt.hpp"
#include "base/formatted.hpp"
#include "base/index.hpp"
#include "base/text.hpp"
#include "millrace/data_notes.hpp"
#include "table/checks.hpp"
#include "table/columns_named.hpp"

namespace millrace {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The two greatest values of those that were added, which differ, and how many cells have the first.
struct Greatest {
  double first = -infinity, second = -infinity;
  std::int64_t cells = 0;

  void add(double value) {
    if (value > first) {
      second = first;
      first = value;
      cells = 0;
    } else if (value < first && value > second) {
      second = value;
    }
    cells += value == first ? 1 : 0;
  }
};

// -999, 9999.0, -99999; numbers near the ends of fp32.
bool is_usual_mark(double value) {
  double size = std::abs(value);
  if (size >= 1e30) return true;
  int nines = 0;
  for (; std::fmod(size, 10) == 9; size = std::floor(size / 10)) ++nines;
  return nines >= 3 && size == 0;
}

// Whether `value` is a mark if its nearest neighbour is `near`, and `end` the value that is farthest from that.
bool is_far(double value, double near, double end, double share) {
  const bool usual = is_usual_mark(value);
  const double spread = std::abs(near - end), gap = std::abs(value - near);
  return spread > 0 && share <= (usual ? 0.5 : 0.1) && gap >= (usual ? 5 : 100) * spread;
}

struct Found {
  double value = 0;
  std::int64_t cells = 0;      // that have it
  double least = 0, most = 0;  // of all other cells
};

// What a column holds.
struct Extremes {
  double least = 0, most = 0;
  std::optional<Found> far{};
};

// value(row): a cell; NaN: it is missing.
template <class Value>
Extremes extremes_of(std::int64_t rows, const Value& value) {
  Greatest above, below;  // of the values, and of their negatives
  std::int64_t cells = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const double cell = value(row);
    if (std::isnan(cell)) continue;
    ++cells;
    above.add(cell);
    below.add(-cell);
  }
  const double most = above.first, least = -below.first;
  const double second_most = above.second, second_least = -below.second;
  const auto share = [&](std::int64_t of) { return static_cast<double>(of) / static_cast<double>(cells); };
  if (cells == 0) return {};
  Extremes extremes{least, most};
  if (!std::isfinite(second_most)) return extremes;
  if (is_far(most, second_most, least, share(above.cells)))
    extremes.far = Found{most, above.cells, least, second_most};
  else if (is_far(least, second_least, most, share(below.cells)))
    extremes.far = Found{least, below.cells, second_least, most};
  return extremes;
}

// name: of the column, with quotes or as a number. Nothing: no value is far away.
std::optional<FarValue> note(const std::string& name, const Extremes& extremes) {
  constexpr double largest = 1e37, smallest = 1e-35;
  const auto text = [](double value) { return number_text(static_cast<float>(value)); };
  const double farther = std::abs(extremes.least) > extremes.most ? extremes.least : extremes.most;
  if (!extremes.far && std::abs(farther) > largest)
    return FarValue{text(farther),
                    "column " + name + ": values such as " + text(farther) +
                        " are too large to compute with in fp32, expected at most 1e37: divide the column "
                        "by a power of ten"};
  if (farther != 0 && std::abs(farther) < smallest)
    return FarValue{"", "column " + name +
                            ": all values are below 1e-35 in size, which fp32 takes for 0: multiply the column by a "
                            "power of ten"};
  if (!extremes.far) return std::nullopt;
  const Found& found = *extremes.far;
  return FarValue{text(found.value), "column " + name + ": " + counted(found.cells, "value is", "values are") + " " +
                                         text(found.value) + ", and all others are from " + text(found.least) + " to " +
                                         text(found.most)};
}

// Whether a column of features has a number that is often a mark, in the rows that are looked at.
std::vector<bool> columns_with_marks(const Dataset& data) {
  constexpr std::int64_t most_cells = std::int64_t{1} << 20;
  const std::int64_t rows = data.rows(), columns = data.features.columns;
  std::vector<float> least(static_cast<std::size_t>(columns), std::numeric_limits<float>::infinity());
  std::vector<float> most(static_cast<std::size_t>(columns), -std::numeric_limits<float>::infinity());
  for (std::int64_t r = 0; r < rows; r += ceil_div(rows * columns, most_cells)) {
    const float* const row = data.features.row(data.table_row(r));
    for (std::int64_t c = 0; c < columns; ++c) {
      least[c] = std::min(least[c], row[c]);
      most[c] = std::max(most[c], row[c]);
    }
  }
  std::vector<bool> marked(static_cast<std::size_t>(columns));
  for (std::int64_t c = 0; c < columns; ++c)
    marked[c] = is_usual_mark(static_cast<double>(least[c])) || is_usual_mark(static_cast<double>(most[c]));
  return marked;
}

}  // namespace

std::vector<FarValue> far_values(const Table& table, const std::vector<std::string>& columns) {
  std::vector<FarValue> notes;
  for (const TableColumn* const column : columns_named(table, columns)) {
    if (column->kind != ColumnKind::number) continue;
    const Extremes extremes =
        extremes_of(table.rows, [&](std::int64_t row) { return table.values.row(row)[column->place]; });
    if (auto far = note(excerpt(column->name), extremes)) notes.push_back(*std::move(far));
  }
  return notes;
}

std::vector<FarValue> far_values(const Dataset& data) {
  std::vector<FarValue> notes;
  if (data.rows() == 0) return notes;
  const std::vector<bool> marked = columns_with_marks(data);
  for (std::int64_t c = 0; c < data.features.columns; ++c) {
    if (!marked[static_cast<std::size_t>(c)]) continue;
    Extremes extremes = extremes_of(
        data.rows(), [&](std::int64_t row) { return static_cast<double>(data.features.row(data.table_row(row))[c]); });
    if (extremes.far && !is_usual_mark(extremes.far->value)) extremes.far.reset();
    if (auto far = note(feature_name(data, c), extremes)) notes.push_back(*std::move(far));
  }
  return notes;
}

}  // namespace millrace
