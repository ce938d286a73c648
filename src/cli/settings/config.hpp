// SPDX-License-Identifier: Apache-2.0
//
// What `train` is asked for: flags and configuration file merged, checked, with defaults filled in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/settings/command.hpp"
#include "millrace/graph.hpp"
#include "millrace/training.hpp"

namespace millrace::cli {

enum class SplitKind { last, stratified };

struct TrainConfig {
  std::string data, init, out;      ///< init: empty for fresh weights
  char delimiter = 0;               ///< 0: as the name of the data says
  bool header = true;               ///< whether the table has a header line
  std::vector<std::string> target;  ///< names of columns; of an array the one file
  std::vector<std::string> features, ignore, classes;
  std::string sample_weight;
  std::map<std::string, double> class_weight;  ///< by name of the class
  bool balanced = false;                       ///< or all classes weigh the same together
  std::optional<bool> standardize;             ///< nothing: as the kind of data has it
  Graph graph;                                 ///< without layers: that of `init`
  Semantics semantics = Semantics::keras;
  LossConfig loss;  ///< empty: that of `init`
  OptimizerConfig optimizer;
  UpdateOptions update;
  ScheduleConfig schedule;  ///< empty: none
  PaceOptions pace;
  std::optional<std::vector<MetricConfig>> metrics;  ///< nothing: as the loss has it
  std::int64_t epochs = 1;
  std::optional<std::int64_t> batch;  ///< nothing: as the semantics have it, or all rows where there are fewer
  double validation = 0;
  SplitKind split = SplitKind::last;
  std::uint64_t seed = 0;
  int threads = 0;
  bool shuffle = true, resume = false, profile = false, json = false, quiet = false;
  std::string gemm = "auto";
  std::vector<CallbackConfig> callbacks;
  bool train_evaluation = false, find_learning_rate = false;
};

[[nodiscard]] std::vector<Flag> train_flags();

/// Flags over the configuration file they may name. Throws Error{usage}.
[[nodiscard]] TrainConfig read_train_config(const Settings& flags, const Command& command);

}  // namespace millrace::cli
