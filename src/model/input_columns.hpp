// SPDX-License-Identifier: Apache-2.0
//
// Maps the inputs of a graph to feature columns of a table, and back.
#pragma once

#include <string>
#include <vector>

#include "model/files/card.hpp"

namespace millrace {

/// Indices of the columns of one input, in a table of `count` feature columns; `names` may be empty. Throws Error{usage}
/// for columns that the table does not have.
[[nodiscard]] std::vector<std::int64_t> columns_of(const GraphInput& input, std::int64_t count,
                                                   const std::vector<std::string>& names);
/// A description of the card's inputs, as a user would write it for Model.
[[nodiscard]] std::vector<GraphInput> described_inputs(const ModelCard& card);

}  // namespace millrace
