// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/data_file.hpp"

#include <algorithm>
#include <filesystem>

#include "base/names.hpp"
#include "cli/commands/labels.hpp"
#include "table/csv/reader.hpp"
#include "table/excerpt.hpp"

namespace millrace::cli {

namespace {

// Targets as a flag names them for an array: one file, or none.
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
         "--features, --ignore and --sample-weight name columns, and the columns of " + config.data +
             " have no names, expected a .csv or .tsv file for them");
  }
  if (config.target.empty()) fail(ErrorKind::usage, "train", "no --target, expected the .npy file of the targets");
  return read_npy(config.data, target_file(config.target, "train"));
}

// What a loss of numbers finds in a column of numbers but for a slip is no set of classes.
bool takes_numbers(const LossConfig& loss) {
  return !loss.op.empty() && make_loss(loss)->targets() == TargetKind::numbers;
}

// Every column that is there because the model takes it, before any is read: one message tells what is missing, in the
// model's words.
void check_columns(const CsvFile& file, const Model& model, const ModelData& asked) {
  std::vector<std::string> taken = model.feature_names();
  if (asked.targets && asked.target.empty())
    taken.insert(taken.end(), model.target_names().begin(), model.target_names().end());
  const auto among = [](const std::string& name, const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& name : taken) {
    if (among(name, file.names)) continue;
    std::vector<std::string_view> spare;  // what the model takes already is no other spelling of this one
    for (const std::string& other : file.names) {
      if (!among(other, taken)) spare.push_back(other);
    }
    const std::string_view near = nearest_name(name, spare);
    fail(ErrorKind::data, asked.who,
         asked.path + " has no column " + excerpt(name) + ", expected it, as " + asked.model_path +
             " takes it; its columns are: " + some_names(file.names) +
             (near.empty() ? "" : "; is it " + excerpt(near) + "?"));
  }
}

Dataset read_model_table(const Model& model, const ModelData& asked) {
  const CsvFile file = open_csv(asked.path, asked.delimiter, asked.header);
  check_columns(file, model, asked);
  CsvOptions options{.features = model.feature_names(),
                     .weight = asked.weight,
                     .expect_numbers = takes_numbers(model.compiled().loss),
                     .check_precision = false,
                     .threads = asked.threads};
  if (asked.targets) {
    options.target = asked.target.empty() ? model.target_names() : asked.target;
    if (options.target.empty())
      fail(ErrorKind::usage, asked.who,
           asked.model_path + " does not know the name of its target, expected --target COLUMN");
    if (options.target.size() == 1) options.classes = model.classes();
  }
  return read_csv(file, options);
}

Dataset read_model_array(const ModelData& asked) {
  if (!asked.weight.empty())
    fail(ErrorKind::usage, asked.who,
         "--sample-weight names a column, and the columns of " + asked.path +
             " have no names, expected a .csv or .tsv file for it");
  if (asked.targets && asked.target.empty())
    fail(ErrorKind::usage, asked.who, "no --target, expected the .npy file of the targets");
  return read_npy(asked.path, target_file(asked.target, asked.who.c_str()));
}

// ".csv" of people.CSV
std::string ending_of(const std::string& path) {
  std::string ending = std::filesystem::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return ending;
}

}  // namespace

std::string data_setting(const Settings& settings) {
  const std::string path = settings.required_text("data", "a .csv, .tsv or .npy file, or - for stdin");
  return path == "-" ? "/dev/stdin" : path;
}

char delimiter_setting(const Settings& settings, const std::string& path) {
  const Setting* const setting = settings.find("delimiter");
  if (setting == nullptr) return 0;
  const std::string text = settings.text("delimiter");
  if (is_array(path)) setting->fail_with("'" + path + "' has no cells of text, expected a .csv or .tsv file for it");
  if (text == "tab") return '\t';
  if (text.size() != 1) setting->refuse("one character, or tab");
  return text[0];
}

bool header_setting(const Settings& settings, const std::string& path) {
  if (!settings.boolean("no-header", false)) return true;
  if (is_array(path))
    settings.find("no-header")->fail_with("'" + path + "' has no lines of text, expected a .csv or .tsv file for it");
  return false;
}

char delimiter_of_output(const std::string& path) {
  const std::string ending = ending_of(path);
  if (ending == ".tsv") return '\t';
  if (ending == ".csv" || ending.empty()) return ',';
  fail(ErrorKind::usage, "predict",
       "--out '" + path + "' ends in '" + ending + "', expected .csv, .tsv, or - for stdout");
}

bool is_array(const std::string& path) {
  const std::string ending = ending_of(path);
  if (ending == ".npy") return true;
  if (ending == ".csv" || ending == ".tsv" || path.starts_with("/dev/")) return false;
  std::error_code code;
  const std::filesystem::file_status status = std::filesystem::status(path, code);
  if (std::filesystem::exists(status) && std::filesystem::is_other(status)) return false;
  fail(ErrorKind::usage, "data", "'" + path + "' ends in '" + ending + "', expected .csv, .tsv or .npy");
}

Dataset read_training_data(const TrainConfig& config, const Model* start) {
  if (is_array(config.data)) return read_training_array(config);
  CsvOptions options{.target = config.target,
                     .features = config.features,
                     .classes = config.classes,
                     .ignore = config.ignore,
                     .weight = config.sample_weight,
                     .delimiter = config.delimiter,
                     .header = config.header,
                     .expect_numbers = takes_numbers(config.loss.op.empty() && start != nullptr ? start->compiled().loss
                                                                                                : config.loss),
                     .threads = config.threads};
  // Inputs that all name their columns need no others.
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
  return read_csv(config.data, options);
}

Dataset read_model_data(const Model& model, const ModelData& asked) {
  Dataset data = is_array(asked.path) ? read_model_array(asked) : read_model_table(model, asked);
  if (data.features.columns != model.input_width()) {
    fail(ErrorKind::data, asked.who,
         asked.path + " has " + std::to_string(data.features.columns) + " feature columns, expected " +
             std::to_string(model.input_width()) + " as " + asked.model_path + " takes");
  }
  return data;
}

}  // namespace millrace::cli
