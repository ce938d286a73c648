// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   if (const auto far = far_value(table, column)) ...      // far->value is -9999, all others are from 0 to 1
//
// Finds numbers that stand for missing values, such as -9999 and the least fp32 number, by their distance.
#pragma once

#include <cstdint>
#include <optional>

#include "millrace/table.hpp"

namespace millrace {

struct FarValue {
  double value = 0;
  std::int64_t cells = 0;      ///< that have it
  double least = 0, most = 0;  ///< of all other cells
};

/// The least or the greatest value of a column of numbers if it is as far from all others as no ordinary column has it: a
/// hundred times as far from its neighbour as the others are from one another, in a tenth of the cells at most; for a
/// value that is often a mark (-999, 9999, beyond 1e30) five times as far, in half of them. Nothing: there is none.
[[nodiscard]] std::optional<FarValue> far_value(const Table& table, const TableColumn& column);

}  // namespace millrace
