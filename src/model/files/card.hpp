// SPDX-License-Identifier: Apache-2.0
//
// The model card: the description of a model without its weights. As JSON it is part of checkpoints and ONNX files.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "millrace/graph.hpp"
#include "millrace/training.hpp"
#include "network/network.hpp"
#include "prepare/table_preparation.hpp"
#include "prepare/target_scale.hpp"

namespace millrace {

struct ModelCard {
  std::vector<GraphInput> inputs;                  ///< as the user described them; empty for a model from a file
  std::vector<std::vector<std::int64_t>> columns;  ///< by input, its feature columns; empty until the table is known
  std::int64_t feature_columns = 0;                ///< number of feature columns of a table
  NetworkDescription network;
  CompileOptions compiled;  ///< with an empty loss: not compiled yet
  std::vector<std::string> feature_names, target_names, classes;
  std::vector<std::vector<std::string>> target_classes{};  ///< by target column, of several outputs; empty: no names
  std::shared_ptr<const TablePreparation> table;           ///< makes feature columns of a table's columns; null: none
  std::shared_ptr<const TargetScale> target_scale;         ///< null: targets are not scaled
  std::optional<double> threshold{};                       ///< above it, a score means yes; default: the loss's
};

/// Throws Error{usage} for an unknown loss, optimizer, schedule or metric, and for options out of range.
void check_compiled(const CompileOptions& options, Semantics semantics);

/// More feature columns than any table has: a larger number means a damaged file.
inline constexpr std::int64_t most_columns = 10'000'000;

/// Whether the inputs take all columns of a table, side by side and in order.
[[nodiscard]] bool takes_all_columns(const ModelCard& card);

/// Throws Error{usage} for a name that is not UTF-8.
[[nodiscard]] std::string card_to_json(const ModelCard& card);
/// The most feature columns to believe in of a file with so many numbers: a card of a few bytes may claim any.
[[nodiscard]] std::int64_t columns_for(std::int64_t numbers);
/// `who` names the file in messages. Throws Error{data}, also for more than `most` feature columns.
[[nodiscard]] ModelCard card_from_json(const std::string& text, const std::string& who,
                                       std::int64_t most = most_columns);
/// The network that the card of file `path` describes. Throws Error{data} if it describes no network, an unknown loss or
/// optimizer, or more parameters than the `numbers` in the file.
[[nodiscard]] std::unique_ptr<Network> network_of_file(const std::string& path, const ModelCard& card,
                                                       std::int64_t numbers);

}  // namespace millrace
