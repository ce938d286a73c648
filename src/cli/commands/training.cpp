// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/training.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "base/text.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/progress.hpp"
#include "millrace/catalogue.hpp"
#include "millrace/checkpoint.hpp"

namespace millrace::cli {

namespace {

// The missing files of best epochs of the run that is resumed, with those epochs.
std::map<std::string, std::int64_t> lost_models(const FitOptions& options) {
  std::map<std::string, std::int64_t> lost;
  std::optional<CheckpointRun> run;
  const std::vector<std::string> names = callback_names(options.callbacks);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const CallbackConfig& callback = options.callbacks[i];
    if (callback.op != BestCheckpoint::op) continue;
    const auto& path = std::get<std::string>(callback.options.at("path"));
    if (std::filesystem::exists(path)) continue;
    if (!run) run = read_checkpoint_run(options.checkpoint);
    if (const std::int64_t epoch = run->best_epochs[names[i]]; epoch > 0) lost.emplace(path, epoch);
  }
  return lost;
}

// The value that a callback monitors, or the validation loss.
WatchedValue watched_value(const TrainConfig& config, const CompileOptions& compiled) {
  WatchedValue watched;
  std::string mode = "auto";
  for (const CallbackConfig& callback : config.callbacks) {
    const auto monitor = callback.options.find("monitor");
    if (monitor == callback.options.end() || monitor->second == OptionValue(std::string("auto"))) continue;
    watched.name = std::get<std::string>(monitor->second);
    mode = std::get<std::string>(callback.options.at("mode"));
    break;
  }
  std::string metric = watched.name;
  for (const std::string_view prefix : {"val_", "train_"}) {
    if (metric.starts_with(prefix)) metric.erase(0, prefix.size());
  }
  const std::vector<std::string> metrics = metric_names(compiled.metrics);
  const bool is_metric = std::find(metrics.begin(), metrics.end(), metric) != metrics.end();
  watched.larger_is_better = mode == "auto" ? is_metric && larger_is_better(metric) : mode == "max";
  return watched;
}

// The files of a run besides its checkpoint.
std::vector<std::string> product_names() {
  std::vector<std::string> names{model_file};
  for (const Operation& callback : operations(OperationKind::callback)) {
    if (!callback.file.empty()) names.emplace_back(callback.file);
  }
  return names;
}

// The best of all epochs of a run, those before it was resumed included.
std::optional<BestEpoch> best_of(const History& history, const WatchedValue& watched) {
  BestEpoch best(watched);
  for (const Epoch& epoch : history.epochs) best.add(epoch);
  return best.number() > 0 ? std::optional(best) : std::nullopt;
}

void report_lost_models(const std::map<std::string, std::int64_t>& lost) {
  for (const auto& [path, epoch] : lost) {
    if (std::filesystem::exists(path)) continue;
    note("[train] " + path + " was removed, and with it the weights of the best epoch, " + std::to_string(epoch) +
         ", expected the file to stay; a new run with --overwrite finds them again");
  }
}

}  // namespace

Training train_in(const OutputFolder& folder, Model& model, const Dataset& rows, const TrainConfig& config,
                  FitOptions options, const std::vector<std::string>& notes) {
  const bool resumes = config.resume && std::filesystem::exists(options.checkpoint);
  if (config.resume && !config.quiet && !resumes)
    note("[train] there is no " + options.checkpoint + " yet: starting a new run");
  const std::map<std::string, std::int64_t> lost =
      resumes ? lost_models(options) : std::map<std::string, std::int64_t>();
  EarlierRun earlier(folder, checkpoint_file, resumes ? std::vector<std::string>() : product_names());
  const WatchedValue watched = watched_value(config, model.compiled());
  ProgressDisplay display(config.quiet, watched);
  if (resumes) display.resume_after(read_checkpoint_run(options.checkpoint).history);
  bool begun = false;
  const auto begin = [&] {
    if (!std::exchange(begun, true))
      std::for_each(notes.begin(), notes.end(), [](auto& text) { note("[train] " + text); });
  };
  options.on_epoch = [&](const Epoch& epoch) {
    begin();
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
    report_lost_models(lost);
    std::optional<BestEpoch> best = best_of(history, watched);
    return {std::move(history), std::move(best)};
  } catch (const Error& error) {
    display.finish();
    if (error.kind() != ErrorKind::interrupted) throw;
    throw Error(error.kind(), std::string(error.what()) + ": the same command with --resume");
  }
}

}  // namespace millrace::cli
