// SPDX-License-Identifier: Apache-2.0
//
// Several outputs of a network, [outputs.NAME] in the file of --config: the targets, loss and metrics of each.
//   [outputs.kind]
//   target = "kind"
//   loss = "sparse_categorical_crossentropy"
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/settings/settings.hpp"
#include "millrace/config.hpp"
#include "millrace/graph.hpp"

namespace millrace::cli {

struct OutputSetting {
  std::string name;                                    ///< of the layer
  std::vector<std::string> target{};                   ///< columns; empty: no loss depends on this output
  std::vector<std::string> classes{};                  ///< of the target, in this order; empty: those of the column
  LossConfig loss{};                                   ///< empty: the one that follows from the target
  double weight = 1;                                   ///< of the loss in the sum that is minimised
  std::optional<std::vector<MetricConfig>> metrics{};  ///< empty: the default of the loss
};

/// Reads the outputs and makes their layers, in the order of the file, the outputs of the graph. Throws Error{usage} with
/// the place in the file for unknown keys, layers and operations, and for flags that describe a single output.
[[nodiscard]] std::vector<OutputSetting> output_settings(const Settings& settings, Semantics semantics, Graph& graph);

/// The layer of `graph` that computes this output.
[[nodiscard]] LayerConfig layer_of(const OutputSetting& output, const Graph& graph);

}  // namespace millrace::cli
