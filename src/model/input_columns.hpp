// SPDX-License-Identifier: Apache-2.0
//
// Which columns of a table the inputs of a graph take, and back.
#pragma once

#include <string>
#include <vector>

#include "model/files/card.hpp"

namespace millrace {

/// Those of one input, of a table of `count` feature columns that may have names. Throws Error{usage} for columns that
/// are not there.
[[nodiscard]] std::vector<std::int64_t> columns_of(const GraphInput& input, std::int64_t count,
                                                   const std::vector<std::string>& names);
/// The inputs as somebody would describe them who wanted those of the card.
[[nodiscard]] std::vector<GraphInput> described_inputs(const ModelCard& card);

}  // namespace millrace
