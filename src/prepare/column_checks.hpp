// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "millrace/table.hpp"
#include "prepare/columns/column.hpp"

namespace millrace {

/// Throws Error{data} if a level or class of the column is not UTF-8: they become part of files, which are.
void require_utf8_levels(const Table& table, const TableColumn& column);

/// Throws Error{usage} unless the column is of the kind of the one that the model was trained with, and its dates of the
/// same form: in the same order of month and day, and times of a day or not.
void require_kind(const Table& table, const TableColumn& column, const PreparedColumn& prepared);

}  // namespace millrace
