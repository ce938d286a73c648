// SPDX-License-Identifier: Apache-2.0
//
// Results as text for people and as JSON for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands/named_file.hpp"
#include "millrace/learning_rate.hpp"
#include "millrace/training.hpp"
#include "run/epoch_values.hpp"

namespace millrace::cli {

/// The results of a training run. If no epoch was trained, `training` has the values of the untrained model.
struct TrainReport {
  const History& history;
  std::optional<BestEpoch> best;  ///< empty: epochs were not compared
  Evaluation training;
  Evaluation validation;
  std::optional<Evaluation> training_rows;  ///< with --train-evaluation: the training rows with the final weights
  bool validated = false;
  std::vector<NamedFile> files;
  std::int64_t resumed_step = 0;  ///< the steps of an epoch that had begun where the run went on
};

/// verbose: also the number of threads with its reason, and the steps.
[[nodiscard]] std::string report_text(const TrainReport& report, bool verbose);
/// seconds, step_us, threads, steps, peak_rss_mib, plan, metrics, validation, files by name; with
/// --profile also phases and layers.
[[nodiscard]] std::string report_json(const TrainReport& report);

/// "loss 0.0123  accuracy 0.99"
[[nodiscard]] std::string evaluation_text(const Evaluation& evaluation);

/// learning_rate,loss,smoothed
[[nodiscard]] std::string curve_csv(const LearningRateCurve& curve);
/// suggestion (null: none), diverged, points, files
[[nodiscard]] std::string curve_json(const LearningRateCurve& curve, const std::vector<NamedFile>& files);
[[nodiscard]] std::string curve_text(const LearningRateCurve& curve, const std::vector<NamedFile>& files);

/// files: an object, path by name
[[nodiscard]] std::string files_json(const std::vector<NamedFile>& files);

/// The largest memory of the process so far, in MiB.
[[nodiscard]] double peak_rss_mib();

}  // namespace millrace::cli
