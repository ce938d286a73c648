// SPDX-License-Identifier: Apache-2.0
//
// Each column of a table has one role: a column to predict, to predict from, to weigh rows by, or to leave out.
#pragma once

#include "cli/settings/config.hpp"

namespace millrace::cli {

/// Throws Error{usage} if one of the settings names a column twice, or two of them name the same column.
void check_column_roles(const Settings& settings, const TrainConfig& config);

}  // namespace millrace::cli
