// SPDX-License-Identifier: Apache-2.0
//
// Results as people and programs read them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands/named_file.hpp"
#include "millrace/confusion.hpp"
#include "millrace/learning_rate.hpp"
#include "millrace/training.hpp"

namespace millrace::cli {

/// What a training run leaves to tell. Where no epoch was trained, `training` holds the untrained model's own values.
struct TrainReport {
  const History& history;
  Evaluation training;
  Evaluation validation;
  std::optional<Evaluation> training_rows;  ///< with the model's own weights, where that was asked for
  bool validated = false;
  std::vector<NamedFile> files;
};

[[nodiscard]] std::string report_text(const TrainReport& report);
/// seconds, step_us, threads, steps, peak_rss_mib, plan, metrics, validation, files by name; of a profiled run also
/// phases and layers.
[[nodiscard]] std::string report_json(const TrainReport& report);

/// "loss 0.0123  accuracy 0.99"
[[nodiscard]] std::string evaluation_text(const Evaluation& evaluation);
[[nodiscard]] std::string evaluation_json(const Evaluation& evaluation);

/// learning_rate,loss,smoothed
[[nodiscard]] std::string curve_csv(const LearningRateCurve& curve);
/// suggestion (null: none), diverged, points, files
[[nodiscard]] std::string curve_json(const LearningRateCurve& curve, const std::vector<NamedFile>& files);
[[nodiscard]] std::string curve_text(const LearningRateCurve& curve, const std::vector<NamedFile>& files);

/// files: an object, path by name
[[nodiscard]] std::string files_json(const std::vector<NamedFile>& files);

/// The table with its sums, and as rows of numbers by name.
[[nodiscard]] std::string confusion_text(const ConfusionMatrix& matrix);
[[nodiscard]] std::string evaluation_json(const Evaluation& evaluation, const ConfusionMatrix& matrix);

/// The most memory the process has had at once.
[[nodiscard]] double peak_rss_mib();

}  // namespace millrace::cli
