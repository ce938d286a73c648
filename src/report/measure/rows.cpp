// SPDX-License-Identifier: Apache-2.0
#include "report/measure/rows.hpp"

#include "report/measure/answers.hpp"

namespace millrace::report {

RowsReport measure_rows(const Model& model, const MeasuredRows& rows, const MeasureOptions& options) {
  const Dataset& data = *rows.data;
  RowsReport report;
  report.values = model.evaluate(data, options.threads);
  const Answers answers = answers_of(model, data, options.threads);
  const RawColumns raw(model, rows);
  for (std::int64_t r = 0; r < data.rows(); ++r) report.rows += answers.weight(r);
  if (answers.not_finite > 0)
    report.notes.push_back(std::to_string(answers.not_finite) +
                           (answers.not_finite == 1 ? " row has a score that is" : " rows have scores that are") +
                           " not finite; curves and calibration leave such rows out");
  if (!model.compiled().outputs.empty())
    report.notes.emplace_back(
        "the model has several outputs, each with a loss of its own; the page shows their losses and metrics only");
  else if (answers.answer.kind == Answer::Kind::none && !answers.are_numbers)
    report.notes.emplace_back("the model gives several labels to a row; the page shows losses and metrics only");
  if (answers.answer.is_class()) measure_classes(answers, report);
  if (answers.are_numbers) measure_residuals(answers, data, report);
  measure_slices(answers, raw, data, report);
  measure_columns(model, rows, raw, answers, options, report);
  return report;
}

}  // namespace millrace::report
