// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/data_file.hpp"

#include <algorithm>

#include "base/names.hpp"
#include "millrace/targets.hpp"
#include "table/csv/reader.hpp"
#include "table/excerpt.hpp"

namespace millrace::cli {

namespace {

// The file of an array's targets; empty: none.
std::string target_file(const std::vector<std::string>& target, const char* who) {
  if (target.empty()) return "";
  if (target.size() > 1 || !is_array(target[0])) {
    fail(ErrorKind::usage, who,
         "--target is '" + target[0] + "', expected one .npy file of targets beside the .npy file of features");
  }
  return target[0];
}

Dataset read_training_array(const TrainConfig& config) {
  if (!config.features.empty() || !config.ignore.empty() || !config.sample_weight.empty()) {
    fail(ErrorKind::usage, "train",
         "--features, --ignore and --sample-weight name columns, but those of " + config.data.name() +
             " have no names, expected a .csv or .tsv file");
  }
  if (config.target.empty()) fail(ErrorKind::usage, "train", "no --target, expected the .npy file of the targets");
  return read_npy(config.data.paths[0], target_file(config.target, "train"));
}

// For such a loss a column of numbers with a slip is not a set of classes.
bool takes_numbers(const LossConfig& loss) { return !loss.op.empty() && target_kind(loss) == TargetKind::numbers; }

// Checks before any row is read that the file has the columns of the model.
void check_columns(const CsvFile& file, const Model& model, const ModelData& request) {
  std::vector<std::string> taken = model.feature_names();
  if (request.targets && request.target.empty()) {
    const std::vector<std::string> targets = model.target_names();
    taken.insert(taken.end(), targets.begin(), targets.end());
  }
  const auto among = [](const std::string& name, const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& name : taken) {
    if (among(name, file.names)) continue;
    std::vector<std::string_view> spare;  // columns that the model does not take under another name
    for (const std::string& other : file.names) {
      if (!among(other, taken)) spare.push_back(other);
    }
    const std::string_view near = nearest_name(name, spare);
    fail(ErrorKind::data, request.who,
         request.data.name() + " has no column " + excerpt(name) + ", which " + request.model_path + " takes" +
             (near.empty() ? "" : "; is it " + excerpt(near) + "?") + " known: " + some_names(file.names));
  }
}

Dataset read_model_table(const Model& model, const ModelData& request) {
  const CsvFile file = open_csv(request.data.paths, request.data.format);
  check_columns(file, model, request);
  CsvOptions options{.features = model.feature_names(),
                     .weight = request.weight,
                     .format = request.data.format,
                     .expect_numbers = takes_numbers(model.compiled().loss),
                     .check_precision = false,
                     .threads = request.threads};
  if (request.targets) {
    options.target = request.target.empty() ? model.target_names() : request.target;
    if (options.target.empty())
      fail(ErrorKind::usage, request.who,
           request.model_path + " does not know the name of its target, expected --target COLUMN");
    if (options.target.size() == 1) options.classes = model.classes();
  }
  return read_csv(file, options);
}

Dataset read_model_array(const ModelData& request) {
  if (!request.weight.empty())
    fail(ErrorKind::usage, request.who,
         "--sample-weight names a column, but those of " + request.data.name() +
             " have no names, expected a .csv or .tsv file");
  if (request.targets && request.target.empty())
    fail(ErrorKind::usage, request.who, "no --target, expected the .npy file of the targets");
  return read_npy(request.data.paths[0], target_file(request.target, request.who.c_str()));
}

}  // namespace

Dataset read_training_data(const TrainConfig& config, const Model* start) {
  if (config.data.is_array()) return read_training_array(config);
  CsvOptions options{.target = config.target,
                     .features = config.features,
                     .classes = config.classes,
                     .ignore = config.ignore,
                     .weight = config.sample_weight,
                     .format = config.data.format,
                     .expect_numbers = takes_numbers(config.loss.op.empty() && start != nullptr ? start->compiled().loss
                                                                                                : config.loss),
                     .threads = config.threads};
  // If every input names its columns, no others are read.
  for (const GraphInput& input : config.graph.inputs) {
    if (!config.features.empty() || input.columns.empty()) {
      options.features = config.features;
      break;
    }
    for (const std::string& column : input.columns) {
      if (std::find(options.features.begin(), options.features.end(), column) == options.features.end())
        options.features.push_back(column);
    }
  }
  if (start != nullptr) {
    if (options.target.empty()) options.target = start->target_names();
    if (options.features.empty()) options.features = start->feature_names();
    if (options.target == start->target_names() && options.target.size() == 1 && options.classes.empty())
      options.classes = start->classes();
  }
  if (options.target.empty())
    fail(ErrorKind::usage, "train", "no --target, expected the name of the column to predict");
  return read_csv(config.data.paths, options);
}

Dataset read_model_data(const Model& model, const ModelData& request) {
  Dataset data = request.data.is_array() ? read_model_array(request) : read_model_table(model, request);
  if (data.features.columns != model.input_width()) {
    fail(ErrorKind::data, request.who,
         request.data.name() + " has " + std::to_string(data.features.columns) + " feature columns, expected " +
             std::to_string(model.input_width()) + " as " + request.model_path + " takes");
  }
  return data;
}

}  // namespace millrace::cli
