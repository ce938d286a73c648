// SPDX-License-Identifier: Apache-2.0
//
// A run that goes on with other rows keeps the preparation of its first rows, which its weights belong to.
#pragma once

#include <string>
#include <vector>

#include "prepare/table_preparation.hpp"

namespace millrace {

/// Whether `earlier` prepares the columns of `now`, which was fitted to `table` with these options, in the same ways: it
/// differs at most in what comes from rows, such as means, levels, whether a value is missing, or whether a column varies.
[[nodiscard]] bool goes_on(const TablePreparation& earlier, const TablePreparation& now, const Table& table,
                           const PrepareOptions& options);
/// What the rows of `table`, to which `now` was fitted, have and those of `earlier` had not. Columns that `earlier` lacks are
/// left out.
[[nodiscard]] std::vector<ColumnNote> what_is_new(const TablePreparation& earlier, const TablePreparation& now,
                                                  const Table& table);

}  // namespace millrace
