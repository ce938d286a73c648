// SPDX-License-Identifier: Apache-2.0
//
// What a model is besides its numbers, as JSON: it travels in checkpoints and in the metadata of ONNX files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "millrace/graph.hpp"
#include "millrace/training.hpp"
#include "network/network.hpp"

namespace millrace {

struct ModelCard {
  std::vector<GraphInput> inputs;                  ///< as they were described; empty for a model that was read
  std::vector<std::vector<std::int64_t>> columns;  ///< by input: feature columns of a table; empty until it is known
  std::int64_t feature_columns = 0;                ///< of a table
  NetworkDescription network;
  CompileOptions compiled;  ///< an empty loss: not compiled yet
  std::vector<std::string> feature_names, target_names, classes;
};

/// Throws Error{usage} for a loss, an optimizer, a schedule, an update or a metric that there is not.
void check_compiled(const CompileOptions& options, Semantics semantics);

/// Of a table: more than any has.
inline constexpr std::int64_t most_columns = 100'000'000;

/// Whether the inputs take all columns of a table, side by side and in order.
[[nodiscard]] bool takes_all_columns(const ModelCard& card);

/// Throws Error{usage} for a name that is not UTF-8.
[[nodiscard]] std::string card_to_json(const ModelCard& card);
/// `who` names the file in messages. Throws Error{data}.
[[nodiscard]] ModelCard card_from_json(const std::string& text, const std::string& who);
/// The network that the card of file `path` describes. Throws Error{data} where the card describes none, a loss or an
/// optimizer that there is not, or more parameters than the `numbers` that the file holds.
[[nodiscard]] std::unique_ptr<Network> network_of_file(const std::string& path, const ModelCard& card,
                                                       std::int64_t numbers);

}  // namespace millrace
