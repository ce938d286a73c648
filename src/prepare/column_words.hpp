// SPDX-License-Identifier: Apache-2.0
//
// The words of ColumnOptions, checked without a column: a table may have none that needs them.
#pragma once

#include "millrace/prepare.hpp"

namespace millrace {

/// Throws Error{usage} if `missing` or `encode` is no word that a column takes.
void check_words(const ColumnOptions& options);

}  // namespace millrace
