// SPDX-License-Identifier: Apache-2.0
//
// What a set that somebody made by hand may have wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/index.hpp"
#include "millrace/data.hpp"

namespace millrace {

/// Throws Error{usage} where extents, strides, selected rows or the number of names do not fit one another: what would
/// otherwise be read where there is nothing.
void check_extents(const Dataset& data, std::string_view who);
/// Throws Error unless there are none, or one a table row (usage), finite, not negative and not all of them 0 (data).
void check_row_weights(const Dataset& data, std::string_view who);
/// Throws Error{data} naming row and column of the first feature that is NaN or infinite.
void check_finite_features(const Dataset& data, std::string_view who);

/// Of these rows of the set.
[[nodiscard]] bool has_finite_features(const Dataset& data, IndexRange rows);
/// "row 3 of table.csv", for messages.
[[nodiscard]] std::string place_of_row(const Dataset& data, std::int64_t table_row);
/// "'age'", or the column's number, from 1.
[[nodiscard]] std::string feature_name(const Dataset& data, std::int64_t column);

}  // namespace millrace
