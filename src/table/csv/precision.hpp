// SPDX-License-Identifier: Apache-2.0
//
// Columns whose values are closer together than fp32 can tell apart, as seconds since 1970: 1700000000 and 1700000019
// are one number there, and training would take the column for a constant.
#pragma once

#include "millrace/data.hpp"
#include "table/csv/columns.hpp"
#include "table/csv/file.hpp"

namespace millrace {

/// features and numbers: what was read of the columns with those roles, rounded. Throws Error{data} naming the first
/// column of which max - min is above 0 and below 2^-20 max(|min|, |max|), with both.
void check_precision(const CsvFile& file, const CsvColumns& columns, const MatrixView& features,
                     const MatrixView& numbers);

}  // namespace millrace
