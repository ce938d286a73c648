// SPDX-License-Identifier: Apache-2.0
//
// Rows that have a number so far from those of training that the network cannot compute with it, such as the least fp32
// number, which stands for a missing value in some files.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/model_data.hpp"
#include "table/csv/file.hpp"

namespace millrace::cli {

/// Takes such rows out of rows.data, and adds their cells to rows.unread. `file`: null for an array. names: of the columns
/// that the model takes, in order; empty for an array.
void leave_out_far_rows(const Model& model, const CsvFile* file, const std::vector<std::string>& names,
                        RowsToPredict& rows);

/// For rows to be measured on, none of which may be left out in silence. Throws Error{data} that names the first such cell.
void refuse_far_rows(const Model& model, const Dataset& data, const std::string& who);

}  // namespace millrace::cli
