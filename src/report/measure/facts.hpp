// SPDX-License-Identifier: Apache-2.0
//
// The columns of a table in numbers, and what a model is made of.
#pragma once

#include "model/state.hpp"
#include "report/measure/raw_columns.hpp"
#include "report/run_report.hpp"

namespace millrace::report {

/// Title, task, target, numbers of columns and parameters, layers.
void describe_model(const Model::State& state, RunReport& report);

/// The feature and target columns of the rows, or of a sample of them if there are many. Columns are in the order of
/// `first` (names), then in that of the table; at most `most`.
void describe_columns(const Model& model, const Model::State& state, const MeasuredRows& rows,
                      const std::vector<ColumnImportance>& first, RunReport& report);

}  // namespace millrace::report
