// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/training.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/text.hpp"
#include "cli/commands/table.hpp"
#include "cli/commands/training_files.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/printable.hpp"
#include "cli/screen/progress.hpp"
#include "cli/settings/config_text.hpp"
#include "millrace/catalogue.hpp"
#include "millrace/checkpoint.hpp"
#include "millrace/version.hpp"
#include "model/files/checkpoint.hpp"

namespace millrace::cli {

namespace {

// The missing files of best epochs of the run that is resumed, with those epochs.
std::map<std::string, std::int64_t> lost_models(const CheckpointRun& resumed, const FitOptions& options) {
  std::map<std::string, std::int64_t> lost;
  const std::vector<std::string> names = callback_names(options.callbacks);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const CallbackConfig& callback = options.callbacks[i];
    if (callback.op != BestCheckpoint::op) continue;
    const auto& path = std::get<std::string>(callback.options.at("path"));
    if (std::filesystem::exists(path)) continue;
    const auto best = resumed.best_epochs.find(names[i]);
    if (best != resumed.best_epochs.end() && best->second > 0) lost.emplace(path, best->second);
  }
  return lost;
}

void report_lost_models(const std::map<std::string, std::int64_t>& lost) {
  for (const auto& [path, epoch] : lost) {
    if (std::filesystem::exists(path)) continue;
    note("[train] " + path + " was removed, and with it the weights of the best epoch, " + std::to_string(epoch) +
         ", expected the file to stay; a new run with --overwrite finds them again");
  }
}

// The changes that were made under way in the run of this checkpoint.
std::vector<std::string> changes_of(const std::string& checkpoint) {
  return read_recorded_run(open_checkpoint(checkpoint), checkpoint).state.changes;
}

// A run that was resumed with fewer epochs than it has keeps them all.
std::string repeating_settings(const TrainConfig& config, const std::optional<CheckpointRun>& resumed) {
  Settings settings = config.settings;
  const std::int64_t begun = resumed ? resumed->epoch + (resumed->step > 0 ? 1 : 0) : 0;
  if (begun > config.fit.epochs) settings.set("epochs", {"train", "", "--epochs", std::to_string(begun)});
  return config_text(settings, command_named("train"));
}

// run.toml, which repeats the run, unless the run was changed under way.
class ConfigFile {
 public:
  /// settings: those that repeat the run; resumes: whether it goes on from its checkpoint.
  ConfigFile(const OutputFolder& folder, const TrainConfig& config, std::string settings, SeenFile& checkpoint,
             bool resumes, bool writes)
      : path_(folder.file(config_file)),
        command_(printable_line(config.command)),
        settings_(std::move(settings)),
        checkpoint_path_(folder.file(checkpoint_file)),
        checkpoint_(checkpoint),
        resumes_(resumes),
        written_(!writes) {}
  /// Writes it when the run has saved a checkpoint.
  void write_once() {
    if (written_ || !checkpoint_.replaced()) return;
    const std::vector<std::string> changes = resumes_ ? changes_of(checkpoint_path_) : std::vector<std::string>();
    write_file_atomically(path_, heading(!changes.empty()) + changes_text(changes) + settings_);
    written_ = true;
  }

 private:
  [[nodiscard]] std::string heading(bool changed) const {
    const std::string repeats = "millrace train --config " + printable_line(path_);
    return "# millrace " + version() + ": " +
           (changed ? "the last settings of a run that was changed under way, so\n# " + repeats +
                          " cannot repeat it in one go. Its last part was started by"
                    : repeats + " --overwrite repeats this run. It was started by") +
           "\n#   " + command_ + "\n";
  }

  std::string path_, command_, settings_, checkpoint_path_;
  SeenFile& checkpoint_;
  bool resumes_, written_;
};

}  // namespace

WatchedValue watched_value(const std::vector<CallbackConfig>& callbacks, const CompileOptions& compiled) {
  WatchedValue watched;
  std::string mode = "auto";
  for (const CallbackConfig& callback : callbacks) {
    const auto monitor = callback.options.find("monitor");
    if (monitor == callback.options.end() || monitor->second == OptionValue(std::string("auto"))) continue;
    watched.name = std::get<std::string>(monitor->second);
    mode = std::get<std::string>(callback.options.at("mode"));
    break;
  }
  watched.larger_is_better = mode == "auto" ? larger_is_better_in(watched.name, compiled) : mode == "max";
  return watched;
}

Training train_in(const OutputFolder& folder, Model& model, const Dataset& rows, const TrainConfig& config,
                  FitOptions options, const std::vector<std::string>& notes,
                  const std::optional<CheckpointRun>& resumed) {
  const bool resumes = goes_on(options);
  if (options.resume && !config.quiet && !resumes)
    note("[train] there is no " + options.checkpoint + " yet: starting a new run");
  const std::map<std::string, std::int64_t> lost =
      resumed ? lost_models(*resumed, options) : std::map<std::string, std::int64_t>();
  const bool writes = writes_files(options.cluster);
  SeenFile checkpoint(options.checkpoint);
  EarlierRun earlier(folder, checkpoint,
                     resumes || !writes ? std::vector<std::string>() : names_beside(options.checkpoint));
  const WatchedValue watched = watched_value(config.fit.callbacks, model.compiled());
  ProgressDisplay display(config.quiet, watched);
  if (resumed) display.resume_after(resumed->history);
  // Belongs to the checkpoint, and appears with it: a run that is refused leaves the file of the one before.
  ConfigFile settings(folder, config, repeating_settings(config, resumed), checkpoint, resumes, writes);
  bool begun = false;
  const auto begin = [&] {
    if (!std::exchange(begun, true))
      std::for_each(notes.begin(), notes.end(), [](auto& text) { note("[train] " + text); });
  };
  options.on_epoch = [&](const Epoch& epoch) {
    begin();
    settings.write_once();
    earlier.discard_outdated();
    display.epoch(epoch);
  };
  options.on_step = [&](const StepReport& step) {
    begin();
    if (!config.quiet) display.step(step);
  };
  try {
    History history = model.fit(rows, options);
    begin();
    display.finish();
    settings.write_once();
    report_lost_models(lost);
    std::optional<BestEpoch> best = best_of(history.epochs, watched);
    return {std::move(history), std::move(best), resumed ? resumed->step : 0};
  } catch (const Error& error) {
    display.finish();
    if (error.kind() == ErrorKind::usage || error.kind() == ErrorKind::environment) folder.require_in_place();
    settings.write_once();
    if (error.kind() != ErrorKind::interrupted) throw;
    throw Error(error.kind(), std::string(error.what()) + ": the same command with --resume");
  }
}

}  // namespace millrace::cli
