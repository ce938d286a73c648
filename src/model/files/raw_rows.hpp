// SPDX-License-Identifier: Apache-2.0
//
// Rows of a table as its file has them, or random ones as it could have them, for the comparison of an exported graph
// with the model.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "export/graph_evaluator.hpp"
#include "millrace/data.hpp"
#include "millrace/table.hpp"
#include "prepare/table_preparation.hpp"

namespace millrace {

struct RawRows {
  std::map<std::string, DoubleTensor> inputs;  ///< of the graph, by column: [rows x 1]
  Matrix prepared;                             ///< what the model makes of the same cells: [rows x width]
};

/// Numbers and dates as in training, categories of training; in every eighth row also extreme numbers and dates.
/// Besides, in any row: missing values, categories that training did not have, and 0. The same rows every time.
/// `inputs`: the graph's, which say the type of each column.
[[nodiscard]] RawRows random_raw_rows(const TablePreparation& preparation, const std::vector<GraphValue>& inputs,
                                      std::int64_t rows);

/// The first `most` rows of a table that has the columns of the preparation, in their kinds.
[[nodiscard]] RawRows raw_rows_of(const Table& table, const TablePreparation& preparation,
                                  const std::vector<GraphValue>& inputs, std::int64_t most);

}  // namespace millrace
