// SPDX-License-Identifier: Apache-2.0
//
// The results of millrace evaluate as text for people and as JSON for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "millrace/curves.hpp"
#include "millrace/importance.hpp"
#include "millrace/training.hpp"

namespace millrace::cli {

struct EvaluationReport {
  Evaluation values;
  std::vector<ClassScores> classes{};  ///< empty: the model tells no classes apart
  std::optional<ConfusionMatrix> confusion{};
  std::optional<std::vector<ColumnImportance>> importance{};
};
/// Loss and metrics, then a table each.
[[nodiscard]] std::string evaluation_text(const EvaluationReport& report);
/// loss and metrics by name, classes: [{name, precision, recall, f1, rows}], confusion: {classes, rows: [[...], ...]},
/// importance: [{column, worse, deviation}].
[[nodiscard]] std::string evaluation_json(const EvaluationReport& report);

}  // namespace millrace::cli
