// SPDX-License-Identifier: Apache-2.0
//
// A table of operations that is made of families. A family is a file with several operations, and ends with their rows.
#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

namespace millrace {

/// The rows of all families, in their order.
template <class Row>
[[nodiscard]] std::vector<Row> rows_of_families(std::initializer_list<std::vector<Row> (*)()> families) {
  std::vector<Row> rows;
  for (auto* const family : families) {
    for (Row& row : family()) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace millrace
