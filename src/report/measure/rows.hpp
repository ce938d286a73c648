// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   RowsReport rows = measure_rows(model, {&validation, &table}, {.seconds = 0.3});
//
// Everything that a report says of a model on some rows.
#pragma once

#include "report/measure/raw_columns.hpp"
#include "report/run_report.hpp"

namespace millrace::report {

struct MeasureOptions {
  double seconds = 30;  ///< for importance and dependence, which take as long as they are given: fewer rows, or none
  int threads = 0;      ///< 0: the processor budget
};

/// Without rows_are and include_training. Throws as Model::evaluate().
[[nodiscard]] RowsReport measure_rows(const Model& model, const MeasuredRows& rows, const MeasureOptions& options);

// The parts, one file each; they add to `report`.
struct Answers;
void measure_classes(const Answers& answers, RowsReport& report);
void measure_residuals(const Answers& answers, const Dataset& data, RowsReport& report);
void measure_slices(const Answers& answers, const RawColumns& raw, const Dataset& data, RowsReport& report);
void measure_columns(const Model& model, const MeasuredRows& rows, const RawColumns& raw, const Answers& answers,
                     const MeasureOptions& options, RowsReport& report);

}  // namespace millrace::report
