// SPDX-License-Identifier: Apache-2.0
//
// The encoders and imputers that scikit-learn puts in front of a network: they become the preparation of a table.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "export/onnx_file.hpp"
#include "prepare/columns/column.hpp"

namespace millrace {

/// A column as the file takes it, and what happens to it before the network.
struct RawColumn {
  std::string name;
  bool text = false;                  ///< the file takes it as texts
  std::optional<double> fill{};       ///< of a number: what stands for a missing one
  std::vector<std::string> levels{};  ///< of a category: its levels, in the order of their codes; empty: a number
  bool ordinal = false;               ///< of a category: its code goes on as a number; else it is one-hot
  double offset = 0, divisor = 1;     ///< of a number: x becomes (x - offset) / divisor
  bool used = false;                  ///< the network depends on it

  /// The prepared column of a table that does the same.
  [[nodiscard]] std::unique_ptr<PreparedColumn> prepared() const;
};

struct RawColumns {
  std::vector<RawColumn> columns;                 ///< those of all inputs, side by side
  std::vector<std::vector<std::int64_t>> inputs;  ///< by input of the graph that is left, its columns
  std::set<std::string> one_hot;                  ///< the inputs that are one-hot rows of their only column
};

/// Whether the graph takes texts, or has nodes that encode columns, or fill in columns that have names.
[[nodiscard]] bool has_encoders(const PlainGraph& graph);

/// Cuts the encoders off the front of a graph; its inputs are then what they computed. `places` are the file's, for
/// messages. Throws Error{data}, which names the node, for encoders that no table here has.
[[nodiscard]] RawColumns cut_raw_columns(PlainGraph& graph, const NodePlaces& places, const std::string& file);

}  // namespace millrace
