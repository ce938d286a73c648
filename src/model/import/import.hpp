// SPDX-License-Identifier: Apache-2.0
//
// A network made by another library, as millrace's layers.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/import/foreign_graph.hpp"
#include "network/network.hpp"

namespace millrace {

struct ImportedNetwork {
  NetworkDescription network;
  std::vector<std::vector<std::int64_t>> columns;     ///< by input, its columns of a table
  std::int64_t feature_columns = 0;                   ///< all inputs of the file, side by side
  std::map<std::string, std::vector<float>> weights;  ///< by name of the parameter, row-major
  std::vector<double> mean, scale;                    ///< by column: x becomes (x - mean) / scale; empty: it stays
  std::vector<std::pair<std::string, std::string>>
      steps;  ///< a place in the file, and the layer that it became part of
};

/// Throws Error{data}, which names the node and its place in the file, for anything that millrace's layers cannot compute.
[[nodiscard]] ImportedNetwork import_network(const ForeignGraph& graph);

}  // namespace millrace
