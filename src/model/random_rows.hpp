// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "millrace/data.hpp"
#include "model/state.hpp"

namespace millrace {

/// Random feature rows of a built model, the same in every call, on which its numbers are compared with those of a graph.
/// If the model standardises its inputs, the standardised values are standard normal. Else their size is unknown: each
/// of eight rows is half as large as the one before. Inputs of categories get categories.
[[nodiscard]] Matrix random_rows(const Model::State& state, std::int64_t count);

/// Rows of the same kind, each four times as large as the one before: for limits that a graph may set to large numbers.
[[nodiscard]] Matrix large_random_rows(const Model::State& state, std::int64_t count);

}  // namespace millrace
