// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   for (const ColumnImportance& column : permutation_importance(model, read_table("test.csv", model.table_options())))
//     std::cout << column.name << " " << column.worse << "\n";
//
// How much a model relies on each raw column.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/model.hpp"

namespace millrace {

struct ImportanceOptions {
  /// "loss", or a compiled metric by name: the value that gets worse.
  std::string value = "loss";
  std::int64_t repeats = 5;  ///< how often the cells of each column are shuffled
  std::uint64_t seed = 0;    ///< for the shuffling
  int threads = 0;           ///< 0: the processor budget
};

/// A raw column, and how much worse the value gets if its cells are given to other rows at random (Breiman, "Random
/// forests", 2001): the mean over the repeats and their standard deviation (of the population). Near 0: the model does
/// without the column.
struct ColumnImportance {
  std::string name;
  double worse = 0, deviation = 0;
};

/// The columns of a table with its target, the most important first. Throws Error: usage (an unknown value, fewer than
/// one repeat), and as Model::evaluate().
[[nodiscard]] std::vector<ColumnImportance> permutation_importance(const Model& model, const Table& table,
                                                                   const ImportanceOptions& options = {});
/// The same for raw rows whose targets, and weights, are those of the rows of `targets`, as the model's loss takes them: the
/// table needs no target.
[[nodiscard]] std::vector<ColumnImportance> permutation_importance(const Model& model, const Table& table,
                                                                   const Dataset& targets,
                                                                   const ImportanceOptions& options = {});
/// The same for a model of prepared features. A column without a name has its number, from 1.
[[nodiscard]] std::vector<ColumnImportance> permutation_importance(const Model& model, const Dataset& data,
                                                                   const ImportanceOptions& options = {});

}  // namespace millrace
