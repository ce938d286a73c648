// SPDX-License-Identifier: Apache-2.0
//
// What a graph with smaller numbers gives for rows, beside the model it was made from.
#pragma once

#include <cstdint>
#include <string>

#include "millrace/data.hpp"
#include "model/state.hpp"
#include "ops/graph_node.hpp"

namespace millrace {

/// Rows that a graph is evaluated on at once.
inline constexpr std::int64_t graph_rows = 250;

/// At most `most` rows, evenly spread.
[[nodiscard]] Dataset some_rows(const Dataset& data, std::int64_t most);

/// The outputs of the graph, side by side, for rows of the features of `state`, whose numbers are not used.
[[nodiscard]] Matrix outputs_of_graph(const Model::State& state, const PlainGraph& graph, const Dataset& rows);

/// Infinite if only one of them has finite numbers.
[[nodiscard]] double largest_difference(const Matrix& a, const Matrix& b);

/// The metric that lost most: the first one of the model, else accuracy or mean_absolute_error; of several outputs one of
/// theirs.
struct MetricLoss {
  std::string metric;
  double full = 0, quantized = 0;
  double share = 0;  ///< of `full` by which the metric is worse; NaN if one of the values is
  double largest_difference = 0;
  std::int64_t rows = 0;
};
/// On at most 10 000 of the rows, whose targets are as the compiled model takes them.
[[nodiscard]] MetricLoss compare_metrics(const Model::State& state, const PlainGraph& graph, const Dataset& data,
                                         const char* who);

}  // namespace millrace
