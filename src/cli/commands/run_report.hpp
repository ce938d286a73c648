// SPDX-License-Identifier: Apache-2.0
//
// The page DIR/report.html, made by millrace train --report and by millrace report.
#pragma once

#include <string>

#include "cli/commands/output_folder.hpp"
#include "cli/commands/run_folder.hpp"
#include "cli/commands/training.hpp"
#include "cli/commands/training_rows.hpp"
#include "report/measure/rows.hpp"

namespace millrace::cli {

/// The rows that a report measures the model on, and what they are.
struct ReportRows {
  report::MeasuredRows rows;
  std::string rows_are;           ///< "the 114 rows held out of training"
  bool include_training = false;  ///< whether the model was trained on some of them
};

/// Of rows with Dataset::folds, for rows_text().
inline constexpr const char* held_out_by_members =
    "of training (each judged by the member of the ensemble that has not learned from it)";
/// "the 114 rows held out of training", for ReportRows::rows_are.
[[nodiscard]] std::string rows_text(std::int64_t rows, const std::string& which);

/// Adds what the model does on these rows, and their columns.
void add_rows(const Model& model, const RunFolder& run, const ReportRows& rows, const report::MeasureOptions& options,
              report::RunReport& report);

/// What is known at the end of a training only.
struct TrainingFacts {
  const Training& training;
  double rows = 0;  ///< that trained
};
/// Writes DIR/report.html about the run that has just ended, measured on the rows that it held out, or else on those that
/// it trained on. Takes at most 5 % of the time of the run, or 0.3 s, for what it measures beside the scores.
void write_report(const OutputFolder& folder, const TrainConfig& config, const Model& model, const TrainingRows& rows,
                  const Split& parts, const TrainingFacts& facts);
/// Writes what TensorBoard shows beside the epochs, if one of the callbacks writes event files.
void write_tensorboard(const std::vector<CallbackConfig>& callbacks, const OutputFolder& folder, const Model& model,
                       const Split& parts, const Training& training, const TrainConfig& config);
/// Writes the page of a run that ended with numbers which are not finite. A page that cannot be written is a note.
void write_failed_report(const OutputFolder& folder, const TrainConfig& config);

}  // namespace millrace::cli
