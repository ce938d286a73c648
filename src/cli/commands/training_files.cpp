// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/training_files.hpp"

#include <algorithm>
#include <filesystem>

#include "base/fail.hpp"
#include "cli/commands/data_file.hpp"
#include "cli/commands/training.hpp"
#include "cli/settings/op_settings.hpp"
#include "millrace/catalogue.hpp"
#include "model/files/checkpoint_files.hpp"

namespace millrace::cli {

namespace {

// The product of TensorBoard is a folder, which its callback tries.
bool is_folder(const NamedFile& product, const std::vector<CallbackConfig>& callbacks) {
  return std::ranges::any_of(callbacks, [&](const CallbackConfig& callback) {
    return callback.op == TensorBoard::op && callback.options.at("path") == OptionValue(product.path);
  });
}

// All but the file of --config, which may be run.toml of the folder: it repeats a run.
std::vector<NamedFile> files_read(const TrainConfig& config) {
  std::vector<NamedFile> files = read_files("train", config.data, config.target);
  if (!config.validation_file.empty()) {
    for (NamedFile& file : read_files("train", "--validation", config.validation_data))
      files.push_back(std::move(file));
  }
  files.push_back({"--init", config.init});
  files.push_back({"--schema", config.schema});
  return files;
}

// What a run writes beside its products, or removes as a result of the run before it.
std::vector<NamedFile> files_replaced(const OutputFolder& folder) {
  std::vector<NamedFile> files{{config_file, folder.file(config_file)}};
  for (const std::string& name : names_beside(folder.file(checkpoint_file)))
    files.push_back({name + " of --out", folder.file(name)});
  return files;
}

}  // namespace

std::vector<CallbackConfig> callbacks_in(const OutputFolder& folder, const TrainConfig& config) {
  std::vector<CallbackConfig> callbacks = config.fit.callbacks;
  callbacks.push_back(CsvLog{});
  // The report draws what the layers did, which can be recorded only while they are trained.
  const bool is_recorded = std::ranges::any_of(callbacks, [](auto& callback) { return callback.op == LayerLog::op; });
  if (config.report && !is_recorded) callbacks.push_back(LayerLog{});
  for (CallbackConfig& callback : callbacks) {
    const auto path = callback.options.find("path");
    if (path != callback.options.end() && path->second == OptionValue(std::string()))
      path->second = folder.file(std::string(operation(OperationKind::callback, callback.op).file));
  }
  return callbacks;
}

std::vector<NamedFile> products(const TrainConfig& config, const std::vector<CallbackConfig>& callbacks,
                                const OutputFolder& folder) {
  if (config.find_learning_rate) return {{"learning_rate", folder.file("learning_rate.csv")}};
  std::vector<NamedFile> files{{"model", folder.file(model_file)}, {"checkpoint", folder.file(checkpoint_file)}};
  if (!config.sidecar.empty()) files.push_back({"sidecar", config.sidecar});
  if (config.report) files.push_back({"report", folder.file(report_file)});
  if (config.report || config.fit.profile) files.push_back({"times", folder.file(times_file)});
  for (const CallbackConfig& callback : callbacks) {
    const auto path = callback.options.find("path");
    if (path == callback.options.end()) continue;
    const std::string_view flag = operation(OperationKind::callback, callback.op).flag;
    files.push_back({flag.empty() ? "history" : option_name(flag), std::get<std::string>(path->second)});
  }
  return files;
}

std::vector<std::string> names_beside(const std::string& checkpoint) {
  std::vector<std::string> names{model_file, failure_file, report_file, times_file};
  for (const std::string& path : existing_checkpoints(checkpoint))
    if (path != checkpoint) names.push_back(std::filesystem::path(path).filename().string());
  for (const Operation& callback : operations(OperationKind::callback)) {
    if (!callback.file.empty()) names.emplace_back(callback.file);
  }
  return names;
}

bool goes_on(const FitOptions& options) { return options.resume && !existing_checkpoints(options.checkpoint).empty(); }

void check_folder(const OutputFolder& folder, const TrainConfig& config) {
  if (config.fit.resume || config.overwrite || config.find_learning_rate || config.dry_run) return;
  for (const char* const name : {model_file, checkpoint_file}) {
    if (!folder.holds(name)) continue;
    fail(ErrorKind::usage, "train",
         "--out '" + config.out + "' holds a run (" + name +
             "), expected --resume to continue it, --overwrite to replace it, or another folder");
  }
}

void keep_files_apart(const TrainConfig& config, const std::vector<NamedFile>& products, const OutputFolder& folder) {
  std::vector<NamedFile> read = files_read(config), and_config = read;
  and_config.push_back({"--config", config.config});
  keep_apart("train", and_config, {{"--cache", config.cache}});
  if (config.dry_run) return;  // writes the cache only
  for (std::vector<NamedFile>* const files : {&read, &and_config}) files->push_back({"--cache", config.cache});
  keep_apart("train", and_config, products);
  // run.toml may be the file of --config, but no product.
  keep_apart("train", {{"the run's settings", folder.file(config_file)}}, products);
  if (!config.find_learning_rate) keep_apart("train", read, files_replaced(folder));
}

void require_writable_products(const TrainConfig& config, const std::vector<NamedFile>& products,
                               const std::vector<CallbackConfig>& callbacks, const OutputFolder& folder) {
  std::vector<NamedFile> files = products;
  std::erase_if(files, [&](const NamedFile& file) { return is_folder(file, callbacks); });
  if (!config.find_learning_rate) {
    for (const char* const name : {config_file, failure_file}) files.push_back({name, folder.file(name)});
    for (int age = 1; age < config.fit.keep_checkpoints; ++age) {
      const std::string path = checkpoint_of_age(folder.file(checkpoint_file), age);
      std::error_code code;
      if (std::filesystem::exists(path, code)) files.push_back({"an earlier checkpoint", path});
    }
  }
  require_writable(files);
}

}  // namespace millrace::cli
