// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/run_folder.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/fail.hpp"
#include "base/names.hpp"
#include "base/option_text.hpp"
#include "cli/commands/data_file.hpp"
#include "cli/commands/model_file.hpp"
#include "cli/commands/output_folder.hpp"
#include "cli/commands/run_identity.hpp"
#include "cli/commands/run_times.hpp"
#include "cli/commands/table.hpp"
#include "cli/commands/training.hpp"
#include "cli/settings/config_file.hpp"
#include "cli/settings/config_text.hpp"
#include "millrace/version.hpp"
#include "model/files/failure.hpp"
#include "model/files/onnx.hpp"
#include "report/html.hpp"
#include "report/measure/facts.hpp"
#include "report/series.hpp"

namespace millrace::cli {

namespace {

namespace fs = std::filesystem;

std::string file_in(const RunFolder& run, const char* name) { return OutputFolder::to_read(run.path).file(name); }

bool holds(const RunFolder& run, const char* name) { return OutputFolder::to_read(run.path).holds(name); }

void read_checkpoint_of(RunFolder& run, const char* name) {
  run.model_path = file_in(run, name);
  const TensorFile file = open_checkpoint(run.model_path);
  RecordedRun recorded = read_checkpoint(file, run.model_path, *run.state);
  run.run = describe_recorded_run(recorded, run.state->card);
  run.origin = std::move(recorded.origin);
  run.version = file.metadata.at("millrace");
}

void read_model_of(const std::string& who, RunFolder& run) {
  run.state = std::make_unique<Model::State>();
  if (holds(run, checkpoint_file)) return read_checkpoint_of(run, checkpoint_file);
  if (holds(run, model_file)) {
    run.model_path = file_in(run, model_file);
    read_model(run.model_path, *run.state);
    run.notes.push_back(std::string("there is no ") + checkpoint_file + ", and so no epoch of the run is known");
  } else if (holds(run, failure_file)) {
    // A run that failed in its first epoch.
    read_checkpoint_of(run, failure_file);
    run.notes.push_back(
        "the run ended before its first epoch was done; the weights are those before the step that "
        "failed");
  } else {
    fail(ErrorKind::data, who,
         "'" + run.path + "' holds no run, expected a folder of millrace train --out, with " + checkpoint_file + ", " +
             model_file + " or " + failure_file);
  }
}

void read_settings_of(RunFolder& run) {
  const std::string path = file_in(run, config_file);
  if (!holds(run, config_file)) {
    run.notes.push_back(std::string("there is no ") + config_file + ", and so the settings of the run are not known");
    return;
  }
  try {
    run.settings = read_config_file(path, command_named("train"));
    Settings flags;
    flags.who = "train";
    flags.set("config", {"train", "", "--config", path});
    run.config = read_train_config(flags, command_named("train"));
  } catch (const Error& error) {
    if (!run.settings) run.notes.push_back(std::string(config_file) + " cannot be read: " + error.what());
  }
}

void read_failure_of(RunFolder& run) {
  if (!holds(run, failure_file)) return;
  try {
    const Replay replay = replay_failure(file_in(run, failure_file), 1);
    if (run.run.epoch >= replay.epoch) return;  // the run went on after it
    run.failure = "The run ended in epoch " + std::to_string(replay.epoch) + ", step " + std::to_string(replay.step) +
                  ", with numbers that are not finite: " +
                  (replay.place.empty() ? "the loss is " + std::to_string(replay.loss) : replay.place) + ".";
  } catch (const Error& error) {
    run.notes.push_back(std::string(failure_file) + " cannot be read: " + error.what());
  }
}

// Whether --target is the file of the targets beside an array; else it names columns. Hidden in doubt, as where the file of
// --data is gone and its name does not say what it was.
bool target_is_file(const Settings& settings) {
  try {
    return !target_file(data_setting(settings), settings.names("target")).empty();
  } catch (const Error&) {
    return true;
  }
}

// Whether the value of the setting is a file or a folder.
bool is_path_setting(const std::string& key, const Settings& settings) {
  constexpr std::array<std::string_view, 7> keys{"data", "validation", "init", "schema", "cache", "sidecar", "out"};
  if (key == "target") return target_is_file(settings);
  return std::ranges::find(keys, key) != keys.end() || key.ends_with(".path");
}

std::string without_folder(const std::string& text) {
  const std::string::size_type slash = text.find_last_not_of('/');
  const std::string path = text.substr(0, slash == std::string::npos ? 0 : slash + 1);
  return path.substr(path.find_last_of('/') + 1);
}

// Messages about files of the run name them with their folders.
void hide_folders(const RunFolder& run, std::vector<std::string>& notes) {
  for (const NamedFile& file : read_files(run)) {
    const std::string name = without_folder(file.path);
    if (name == file.path) continue;
    for (std::string& note : notes) {
      for (std::size_t at = note.find(file.path); at != std::string::npos; at = note.find(file.path, at + name.size()))
        note.replace(at, file.path.size(), name);
    }
  }
}

// "./a/b.csv" becomes "b.csv".
Settings shown(const Settings& settings, Paths paths) {
  Settings result;
  for (const auto& [key, setting] : settings.all()) {
    Setting copy = setting;
    if (paths == Paths::hidden && is_path_setting(key, settings)) {
      if (auto* const text = std::get_if<std::string>(&copy.value); text != nullptr) *text = without_folder(*text);
      if (copy.list) {
        for (Entry& entry : *copy.list) entry.op.op = without_folder(entry.op.op);
      }
    }
    result.set(key, std::move(copy));
  }
  return result;
}

std::string text_of(const Setting& setting) {
  if (!setting.list) return value_text(setting.value);
  std::string text;
  for (const Entry& entry : *setting.list) {
    text += (text.empty() ? "" : ", ") + (entry.name.empty() ? "" : entry.name + ": ") + entry.op.op;
    for (const auto& [option, value] : entry.op.options) text += ":" + option + "=" + value_text(value);
  }
  return text;
}

std::vector<report::Fact> origin_of(const RunFolder& run, Paths paths) {
  std::vector<report::Fact> facts;
  for (const IdentityFact& fact : identity_facts(run.origin)) facts.push_back({fact.title, fact.text});
  if (!run.version.empty()) facts.push_back({"written by", "millrace " + run.version});
  facts.push_back({"libraries at hand", join(library_versions())});
  if (paths == Paths::shown) {
    for (const auto& [name, value] : run.origin.about) facts.push_back({name, value});
  }
  return facts;
}

void add_course(const RunFolder& run, report::RunReport& report) {
  report::Course& course = report.course;
  course.epochs = run.run.history;
  course.failure = run.failure;
  const std::vector<CallbackConfig> callbacks = run.config ? run.config->fit.callbacks : std::vector<CallbackConfig>();
  report::find_best(course, watched_value(callbacks, run.state->card.compiled));
  if (run.config && std::ssize(course.epochs) < run.config->fit.epochs && run.failure.empty() &&
      !holds(run, model_file))
    course.planned = run.config->fit.epochs;
  if (course.epochs.empty()) return;
  double seconds = 0;
  for (const Epoch& epoch : course.epochs) seconds += epoch.seconds;
  report.times.push_back({"training, with validation", report::duration_text(seconds)});
  report.times.push_back(
      {"an epoch, on average", report::duration_text(seconds / static_cast<double>(course.epochs.size()))});
}

std::string layer_path(const RunFolder& run) {
  std::string path = file_in(run, layer_file);
  for (const CallbackConfig& callback : run.config ? run.config->fit.callbacks : std::vector<CallbackConfig>()) {
    if (callback.op != LayerLog::op) continue;
    const auto& own = std::get<std::string>(callback.options.at("path"));
    if (!own.empty()) path = own;
  }
  return path;
}

// The epochs of the checkpoint; a run that was killed may have recorded later ones.
void add_layers(const RunFolder& run, report::RunReport& report) {
  try {
    report.layer_log = read_layer_log(layer_path(run));
  } catch (const Error& error) {
    report.notes.push_back(std::string(layer_file) + " cannot be read: " + error.what());
  }
  std::erase_if(report.layer_log, [&](const EpochLayer& layer) { return layer.epoch > std::ssize(run.run.history); });
}

}  // namespace

Model RunFolder::model() const {
  return run.history.empty() && model_path.ends_with(".onnx") ? Model::load_onnx(model_path)
                                                              : Model::load_checkpoint(model_path);
}

RunFolder open_run(const std::string& who, const std::string& path) {
  std::error_code code;
  if (!fs::is_directory(path, code))
    fail(ErrorKind::usage, who,
         "'" + path + "' is " + (fs::exists(path, code) ? "no folder" : "not there") +
             ", expected a folder of millrace train --out");
  RunFolder run{.path = path};
  read_model_of(who, run);
  read_settings_of(run);
  read_failure_of(run);
  return run;
}

std::vector<NamedFile> read_files(const RunFolder& run) {
  std::vector<NamedFile> files{{"DIR/" + std::string(layer_file), layer_path(run)}};
  for (const char* const name : {checkpoint_file, model_file, failure_file, config_file, times_file})
    files.push_back({"DIR/" + std::string(name), file_in(run, name)});
  if (run.config) files.push_back({"--schema of the run", run.config->schema});
  return files;
}

std::vector<report::Fact> settings_of(const Settings& settings, Paths paths) {
  std::vector<report::Fact> facts;
  const Settings copies = shown(settings, paths);
  for (const auto& [key, setting] : copies.all()) facts.push_back({key, text_of(setting)});
  return facts;
}

std::vector<report::Fact> settings_of(const RunFolder& run, Paths paths) {
  return run.settings ? settings_of(*run.settings, paths) : std::vector<report::Fact>();
}

report::RunReport describe_run(const RunFolder& run, Paths paths) {
  report::RunReport report;
  report::describe_model(*run.state, report);
  add_course(run, report);
  report.notes = run.notes;
  add_layers(run, report);
  add_times(file_in(run, times_file), report);
  if (paths == Paths::hidden) hide_folders(run, report.notes);
  report.origin = origin_of(run, paths);
  if (!run.settings) return report;
  const std::vector<std::string> changes = run.settings->names(changes_key);
  for (const std::string& change : changes)
    report.notes.push_back("the run was changed under way, " + change + ", and so its settings do not repeat it");
  if (changes.empty()) report.command = std::string("millrace train --config ") + config_file + " --overwrite";
  report.toml = changes_text(changes) + config_text(shown(*run.settings, paths), command_named("train"));
  return report;
}

}  // namespace millrace::cli
