// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "ops/graph_node.hpp"

namespace millrace {

/// Adds nodes that turn categories, floats from 0 to count - 1, into the rows of a table, int64. Any other number becomes
/// a row that the table does not have, so that a runtime refuses it: -1 would count from the end, and 2.7 be cut to 2.
/// Returns the name of the rows.
std::string add_category_rows(PlainGraph& graph, const std::string& site, const std::string& categories,
                              std::int64_t count);

}  // namespace millrace
