// SPDX-License-Identifier: Apache-2.0
#include "table/far_values.hpp"

#include <cmath>
#include <limits>

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

}  // namespace

std::optional<FarValue> far_value(const Table& table, const TableColumn& column) {
  Greatest above, below;  // of the values, and of their negatives
  std::int64_t cells = 0;
  for (std::int64_t row = 0; row < table.rows; ++row) {
    const double value = table.values.row(row)[column.place];
    if (std::isnan(value)) continue;
    ++cells;
    above.add(value);
    below.add(-value);
  }
  const double most = above.first, least = -below.first;
  const double second_most = above.second, second_least = -below.second;
  const auto share = [&](std::int64_t of) { return static_cast<double>(of) / static_cast<double>(cells); };
  if (cells == 0 || !std::isfinite(second_most)) return std::nullopt;
  if (is_far(most, second_most, least, share(above.cells))) return FarValue{most, above.cells, least, second_most};
  if (is_far(least, second_least, most, share(below.cells))) return FarValue{least, below.cells, second_least, most};
  return std::nullopt;
}

}  // namespace millrace
