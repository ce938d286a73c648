// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Table table = read_table("people.csv", {.target = "income"});
//   TargetOptions target{.columns = {"income"}};
//   const TrainingShape shape = training_shape(table, {"age", "town"}, target);
//   Model model(default_layers(shape));
//   target.last = model.layers().back();
//   target.loss = default_loss(*target.last, shape);
//   settle_target(table, target);                     // classes, as the cross-entropy takes them
//
// Decides whether the target of a table is classes or numbers: from what the user says, else from the rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millrace/config.hpp"
#include "millrace/data.hpp"
#include "millrace/defaults.hpp"
#include "millrace/table.hpp"

namespace millrace {

/// What the user says of the target; everything but the columns may be left out.
struct TargetOptions {
  std::vector<std::string> columns;       ///< one, or several columns of numbers
  std::optional<Task> task = {};          ///< default: follows from loss, last, kind, classes, then from the column
  std::optional<ColumnKind> kind = {};    ///< number or label; default: the table's
  std::vector<std::string> classes = {};  ///< in the order of the output units; default: those of the column
  LossConfig loss = {};                   ///< default: none yet
  std::optional<LayerConfig> last = {};   ///< the layer that the network ends in; default: none yet
};

/// The task of a table, or of a matrix. A matrix without names of classes has numbers as its target.
/// Throws Error{usage} for an unknown loss, layer or column.
[[nodiscard]] Task target_task(const Table& table, const TargetOptions& target);
[[nodiscard]] Task target_task(const Dataset& matrix, const TargetOptions& target);

/// What default_layers() and default_loss() depend on. A matrix without names of classes has the classes 0 to its largest
/// target. Throws as target_task(), and Error{data} if that is 2^20 or more.
[[nodiscard]] TrainingShape training_shape(const Table& table, const std::vector<std::string>& features,
                                           const TargetOptions& target);
[[nodiscard]] TrainingShape training_shape(const Dataset& matrix, const TargetOptions& target);

/// Makes the target column a label or numbers, whichever the loss takes; several target columns stay as they are. With a
/// loss of classes, numbers stay numbers if `last` has a unit for each of them and `classes` is empty.
/// Throws Error: usage (an unknown loss or column), data, naming the first cell that is no number or no class.
void settle_target(Table& table, const TargetOptions& target);

/// Removes the rows that miss a value in one of these columns. Returns their number.
/// Throws Error{data} if no row is left.
std::int64_t remove_rows_without(Table& table, const std::vector<std::string>& columns);

}  // namespace millrace
