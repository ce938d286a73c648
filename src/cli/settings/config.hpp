// SPDX-License-Identifier: Apache-2.0
//
// The settings of a training run: flags and configuration file merged, checked, with defaults filled in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/settings/command.hpp"
#include "cli/settings/data_settings.hpp"
#include "cli/settings/onnx_settings.hpp"
#include "cli/settings/output_settings.hpp"
#include "cli/settings/table_settings.hpp"
#include "millrace/defaults.hpp"
#include "millrace/graph.hpp"
#include "millrace/split.hpp"
#include "millrace/training.hpp"

namespace millrace::cli {

struct TrainConfig {
  DataFiles data;
  std::string cache;        ///< the file that holds the table as it was read; empty: none
  std::int64_t memory = 0;  ///< bytes of resident memory; 0: no limit
  std::string init, out;    ///< init: empty for fresh weights
  std::vector<std::string>
      target;  ///< names of columns; for .npy and IDX, the file of the targets; for .npz, the array
  std::vector<std::string> features, ignore, classes;
  std::string sample_weight;
  std::map<std::string, double> class_weight;  ///< by name of the class
  std::optional<Task> task;                    ///< empty: as the target and the other settings say
  TableSettings columns;                       ///< what becomes of the columns of a text file
  bool scale_given = false;                    ///< whether --scale sets columns.all.scale
  std::string scale_target;                    ///< empty: the default of the file format and the loss
  Graph graph;                                 ///< without layers: that of `init`
  Semantics semantics = Semantics::keras;
  std::optional<std::int64_t> members;  ///< of an ensemble of `graph`; default: chosen
  std::vector<OutputSetting> outputs;   ///< of several outputs, in the order of the graph; else empty
  LossConfig loss;                      ///< empty: that of `init`, or the one that follows from the target
  OptimizerConfig optimizer;
  UpdateOptions update;
  ScheduleConfig schedule;  ///< empty: none
  PaceOptions pace;
  FitOptions fit;  ///< what flags say; what needs the data, the model or the files of the run is still missing
  std::optional<std::vector<MetricConfig>> metrics;  ///< empty: the default of the loss
  std::optional<std::int64_t> batch;                 ///< empty: the default of the semantics
  double validation = 0;                             ///< the share of the rows to hold out
  std::string validation_file;                       ///< instead of a share, as the user names it; empty: none
  DataFiles validation_data;                         ///< the same file
  bool folds = false;             ///< instead of a share: each member of an ensemble holds out another part
  bool validation_given = false;  ///< one of these is given
  std::optional<SplitWay> split;  ///< empty: stratified
  std::string group, time;        ///< the column to split by; empty: none
  bool default_training = false;  ///< neither layers nor epochs are given: see DefaultTraining
  bool default_stopping = false;  ///< the first callback is the early stopping of DefaultTraining
  bool processes = false;         ///< show where they run
  bool overwrite = false, json = false, quiet = false, verbose = false, report = false, dry_run = false;
  bool find_learning_rate = false;
  std::string isa = "auto";
  OnnxSettings onnx;
  std::optional<double> threshold;                 ///< empty: that of the loss
  std::string sidecar;                             ///< empty: none
  std::optional<std::vector<std::string>> freeze;  ///< names of layers; not set: those of --init
  std::string command;                             ///< the command line, quoted for a shell
  Settings settings;                               ///< all of them, for the file that repeats the run
  std::string config, schema;        ///< the files of these flags, which the other fields have; empty: none
  std::vector<std::string> changes;  ///< made under way in the run whose run.toml is `config`
};

[[nodiscard]] std::vector<Flag> train_flags();
[[nodiscard]] std::vector<FlagRule> train_rules();

/// Merges the flags with the configuration file that --config names; flags win. Throws Error{usage}.
[[nodiscard]] TrainConfig read_train_config(const Settings& flags, const Command& command);

}  // namespace millrace::cli
