// SPDX-License-Identifier: Apache-2.0
//
// A run that goes on with other rows keeps the preparation of its first rows, which its weights belong to.
#pragma once

#include <string>
#include <vector>

#include "prepare/table_preparation.hpp"

namespace millrace {

/// Whether `earlier` prepares the columns of `now`, which was fitted with these options, in the same ways: it differs at
/// most in what comes from rows, such as means, levels, or whether a value is missing.
[[nodiscard]] bool goes_on(const TablePreparation& earlier, const TablePreparation& now, const PrepareOptions& options);
/// What the rows of `now` have and those of `earlier` had not.
[[nodiscard]] std::vector<ColumnNote> what_is_new(const TablePreparation& earlier, const TablePreparation& now);

}  // namespace millrace
