// SPDX-License-Identifier: Apache-2.0
//
// The encoders of an imported file as the table that the model takes.
#pragma once

#include "model/files/card.hpp"
#include "model/import/import.hpp"
#include "model/import/raw_columns.hpp"

namespace millrace {

/// Makes the raw columns that the network depends on the table of `card`, and its inputs those of the prepared columns.
/// The scales of numbers become part of the table. Throws Error{data} for a column with two scales.
void set_table(RawColumns& raw, const ForeignGraph& graph, ImportedNetwork& imported, ModelCard& card);

/// Random rows, as the file takes them and prepared.
struct RawSample {
  Tensors inputs;
  Matrix features;
};
[[nodiscard]] RawSample random_raw_rows(const RawColumns& raw, const std::vector<GraphValue>& inputs,
                                        const TablePreparation& table, std::int64_t rows);

/// What the nodes that `value` depends on make of these inputs, in double.
[[nodiscard]] DoubleTensor run_original(const PlainGraph& graph, const std::string& value, const Tensors& inputs);

}  // namespace millrace
