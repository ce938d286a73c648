// SPDX-License-Identifier: Apache-2.0
//
// Hides some categories of the training rows, others in each epoch: their cells become those of a category that was never
// seen. So the network learns what to answer for one.
#pragma once

#include <cstdint>
#include <vector>

#include "millrace/data.hpp"
#include "prepare/table_preparation.hpp"

namespace millrace {

class HiddenCategories {
 public:
  /// `data`: prepared training rows without a selection; its features are replaced by a copy that changes from epoch to
  /// epoch. `columns`: by feature of `data`, its place among the prepared columns; empty: the same.
  /// `threads`: as in PrepareOptions.
  HiddenCategories(const TablePreparation& preparation, Dataset& data, const std::vector<std::int64_t>& columns,
                   std::uint64_t seed, int threads);

  /// Hides the cells of this epoch. They depend on seed and epoch only.
  void begin_epoch(std::uint64_t epoch);
  /// Shows all cells again.
  void end_epoch();

 private:
  struct Column {
    std::vector<std::int64_t> places;  // of its prepared columns in `features_`
    std::vector<float> unseen;         // their values for a category that was never seen
  };
  struct Hidden {
    std::int64_t row, column;
    std::vector<float> cells;
  };

  Matrix features_;
  std::vector<Column> columns_;
  std::vector<Hidden> hidden_;
  double share_;
  std::uint64_t seed_;
};

}  // namespace millrace
