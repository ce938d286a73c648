// SPDX-License-Identifier: Apache-2.0
//
// Rows of a model as its exported graph takes them, and what the model answers to them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "export/graph_evaluator.hpp"
#include "model/state.hpp"

namespace millrace {

/// The values with which from_features() begins, for the rows first, first + 1, ... of `data`, whose features are those
/// of the model.
[[nodiscard]] std::map<std::string, DoubleTensor> feature_values(const Model::State& state, const Dataset& data,
                                                                 std::int64_t first, std::int64_t count);

/// What the model answers to such rows, in the unit of its targets: [rows x outputs]. Throws Error{data} for a feature
/// that is not finite after standardisation.
[[nodiscard]] Matrix outputs_of(const Model::State& state, const Dataset& data);

/// The part of an exported graph from features to scores: without the nodes that prepare the columns of a table, and
/// without labels and probabilities.
[[nodiscard]] PlainGraph from_features(PlainGraph graph, const ModelCard& card);

}  // namespace millrace
