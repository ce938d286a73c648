// SPDX-License-Identifier: Apache-2.0
//
// Which columns of a file a model takes, how it reads their dates, and which one is its target.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/model_data.hpp"
#include "table/csv/file.hpp"

namespace millrace::cli {

/// Names of the raw columns that the model takes, in order; empty: it takes columns by position.
[[nodiscard]] std::vector<std::string> columns_of(const Model& model);

/// Reads dates as in the training of the model: in its order of month and day, and as times of the day or not. Changes
/// nothing for a model that takes no table.
void read_dates_as(const Model& model, TableOptions& options);

/// The request with the names of the target columns, if it wants targets and names none: those that the model knows. Models
/// of other programs and of arrays know none. If the file has one column more than such a model takes, that column is the
/// target (the last one, if the model takes columns by position), and a note says so. Else throws Error{usage} that says
/// what to type.
[[nodiscard]] ModelData with_target(ModelData request, const Model& model, const CsvFile& file);

}  // namespace millrace::cli
