// SPDX-License-Identifier: Apache-2.0
//
// The check that an exported graph gives the numbers of the model.
#pragma once

#include <cstdint>
#include <functional>

#include "model/state.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

struct ExportCheck {
  std::int64_t rows = 0;
  double difference = 0;  ///< the largest between outputs of model and graph, measured by what is allowed there
  double allowed = 0;
};

/// Compares the outputs of the model on 256 random rows with those of the graph that written() returns, evaluated in
/// double by code that shares nothing with the kernels. Throws Error{mismatch} if an output differs by more than 1e-4 of
/// the row's largest output (of 1, if that is smaller) and by more than rounding explains: to find that out, the graph
/// is evaluated again with every value rounded to fp32. Throws Error{non_finite} if most rows have no finite outputs.
ExportCheck verify_export(const Model::State& state, const std::function<PlainGraph()>& written);

/// The rows of that comparison: features, of which some are extreme.
[[nodiscard]] Matrix random_features(const Model::State& state, const PlainGraph& graph);

inline constexpr std::int64_t most_compared_rows = 1000;
/// The same on the first 1000 rows of a data set, for a model of numbers. Throws Error{mismatch}.
ExportCheck compare_with_graph(const Model::State& state, const Dataset& rows,
                               const std::function<PlainGraph()>& written);
/// The same on raw rows, for a model of tables: prepared columns, scores and labels.
ExportCheck compare_with_graph(const Model::State& state, const Table& rows,
                               const std::function<PlainGraph()>& written);

}  // namespace millrace
