// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/dry_run.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/formatted.hpp"
#include "base/index.hpp"
#include "base/shape.hpp"
#include "base/stopwatch.hpp"
#include "cli/commands/temporary_folder.hpp"
#include "cli/screen/epoch_table.hpp"
#include "cli/screen/json_line.hpp"
#include "cli/screen/report.hpp"

namespace millrace::cli {

namespace {

constexpr double trial_seconds = 2, sliced_trial_seconds = 1;
constexpr std::int64_t least_trial_steps = 30;

// The options of the run, but files of its own and an end after some steps.
FitOptions trial_options(const FitOptions& run, const TemporaryFolder& folder, const Stopwatch& watch,
                         double most_seconds) {
  FitOptions trial = run;
  trial.checkpoint = folder.file("checkpoint.safetensors");
  trial.resume = false;
  trial.failure.clear();
  trial.callbacks.clear();  // they write files, and stop runs
  trial.validation = nullptr;
  trial.evaluate_training = false;
  trial.on_epoch = {};
  trial.on_step = [&watch, most_seconds](const StepReport&) {
    return watch.seconds() > most_seconds ? Proceed::no : Proceed::yes;
  };
  trial.on_note = [](const std::string&) {};
  trial.checkpoint_steps = 0;
  trial.checkpoint_seconds = 0;
  trial.keep_checkpoints = 1;
  return trial;
}

// What several processes would gain, by the parts of a step of one; nothing for a run that cannot be cut into slices. In a
// cluster, every process measures its own.
std::optional<ClusterForecast> forecast(const Model& model, const Dataset& rows, const FitOptions& run,
                                        const TemporaryFolder& folder, const DryRun& estimate, std::int64_t batch) {
  if (batch < 2 || estimate.step_seconds <= 0) return std::nullopt;
  const Stopwatch watch;
  FitOptions trial = trial_options(run, folder, watch, sliced_trial_seconds);
  trial.profile = true;
  trial.slices = std::max<std::int64_t>(run.slices, 2);
  trial.cluster = nullptr;
  trial.threads = estimate.threads;
  // More than a short run may have: its median must not be a step in which the machine did something else.
  trial.epochs = std::max(run.epochs, ceil_div(least_trial_steps, estimate.steps_per_epoch));
  try {
    Model copy = model.clone();
    const StepParts own = step_parts(copy.fit(rows, trial), estimate.parameters, trial);
    const double alone = std::min(estimate.step_seconds, own.of_one_process());  // of two trials the one less disturbed
    if (run.cluster == nullptr) return forecast_cluster(own, alone, batch, usual_links());
    const StepParts parts = slowest_parts(*run.cluster, own);
    const Link link = measure_link(*run.cluster, parts.bytes, parts.buckets);
    ClusterForecast here = forecast_cluster(parts, parts.of_one_process(), batch, {link});
    here.processes = estimate.processes;
    here.step_seconds = step_time(parts, link, estimate.processes).seconds;
    return here;
  } catch (const Error& error) {
    if (run.cluster != nullptr || error.kind() != ErrorKind::usage) throw;
    return std::nullopt;
  }
}

// The second time: the first one also makes plans.
double evaluation_seconds(const Model& model, const Dataset& rows, int threads) {
  static_cast<void>(model.evaluate(rows, threads));
  const Stopwatch watch;
  static_cast<void>(model.evaluate(rows, threads));
  return watch.seconds();
}

// An epoch of the trial without its beginning, when numbers of threads are tried: with all that a run does between steps.
double trial_epoch_seconds(const History& trial, std::int64_t steps_per_epoch) {
  const std::int64_t begin = std::ssize(trial.epochs) / 2, count = std::ssize(trial.epochs) - begin;
  if (begin == 0) return static_cast<double>(steps_per_epoch) * trial.step_microseconds * 1e-6;
  double sum = 0;
  for (std::int64_t i = begin; i < begin + count; ++i) sum += trial.epochs[i].seconds;
  return sum / static_cast<double>(count);
}

}  // namespace

DryRun dry_run(const Model& model, const Split& parts, const FitOptions& options) {
  DryRun estimate{.training_rows = parts.train.rows(),
                  .validation_rows = options.validation != nullptr ? options.validation->rows() : 0,
                  .columns = parts.train.features.columns,
                  .epochs = options.epochs,
                  .thread_reason = ""};
  const std::int64_t batch = std::clamp<std::int64_t>(options.batch_size, 1, estimate.training_rows);
  estimate.steps_per_epoch = ceil_div(estimate.training_rows, batch);
  for (const Parameter& parameter : model.parameters()) estimate.parameters += element_count(parameter.shape);
  const TemporaryFolder folder;
  Model trial = model.clone();
  const Stopwatch watch;
  History history;
  if (options.epochs > 0) {
    history = trial.fit(parts.train, trial_options(options, folder, watch, trial_seconds));
    estimate.step_seconds = history.step_microseconds * 1e-6;
    estimate.threads = history.threads;
    estimate.thread_reason = history.thread_reason;
  }
  if (options.cluster != nullptr) estimate.processes = options.cluster->size();
  const double trained = static_cast<double>(history.steps) / static_cast<double>(estimate.steps_per_epoch);
  double evaluated = 0;
  if (options.validation != nullptr) evaluated += evaluation_seconds(trial, *options.validation, options.threads);
  if (options.evaluate_training) evaluated += evaluation_seconds(trial, parts.train, options.threads);
  const double epoch = trial_epoch_seconds(history, estimate.steps_per_epoch);
  const auto epochs = static_cast<double>(options.epochs);
  estimate.epoch_seconds = epoch + evaluated;
  estimate.seconds = history.seconds + std::max(0.0, epochs - trained) * epoch + epochs * evaluated;
  trial.compile(CompileOptions(trial.compiled()));
  trial.export_onnx(folder.file("model.onnx"));
  // The copy's weights are there twice.
  estimate.peak_mib = peak_rss_mib() - static_cast<double>(estimate.parameters) * sizeof(float) / 0x1p20;
  // Takes memory of its own.
  estimate.cluster = forecast(model, parts.train, options, folder, estimate, batch);
  return estimate;
}

std::string dry_run_text(const DryRun& estimate) {
  std::string text = "rows        " + std::to_string(estimate.training_rows) + " train";
  if (estimate.validation_rows > 0) text += ", " + std::to_string(estimate.validation_rows) + " validate";
  text += "; " + counted(estimate.columns, "number") + " each\n";
  text += "network     " + counted(estimate.parameters, "parameter") + "\n";
  text +=
      "steps       " + counted(estimate.epochs, "epoch") + " of " + counted(estimate.steps_per_epoch, "step") + "\n";
  text += "time        about " + duration_text(estimate.seconds) + ", " + duration_text(estimate.epoch_seconds) +
          " an epoch, if nothing stops the run earlier\n";
  text += "threads     " + std::to_string(estimate.threads) +
          (estimate.thread_reason.empty() ? "" : " (" + estimate.thread_reason + ")") + "\n";
  text += "memory      about " + std::to_string(std::llround(estimate.peak_mib)) + " MiB\n";
  if (estimate.processes > 1)
    text += "processes   " + std::to_string(estimate.processes) + "; the times are of all together\n";
  return estimate.cluster ? text + forecast_text(*estimate.cluster) : text;
}

std::string dry_run_json(const DryRun& estimate) {
  nlohmann::ordered_json object{{"seconds", estimate.seconds},
                                {"epoch_seconds", estimate.epoch_seconds},
                                {"step_us", estimate.step_seconds * 1e6},
                                {"epochs", estimate.epochs},
                                {"steps_per_epoch", estimate.steps_per_epoch},
                                {"threads", estimate.threads},
                                {"peak_rss_mib", estimate.peak_mib},
                                {"parameters", estimate.parameters},
                                {"training_rows", estimate.training_rows},
                                {"validation_rows", estimate.validation_rows},
                                {"columns", estimate.columns},
                                {"processes", estimate.processes}};
  if (estimate.cluster) {
    object["exchange_bytes"] = estimate.cluster->bytes;
    object["pays_above_gbps"] = estimate.cluster->least_gigabits;
    for (const BestProcesses& best : estimate.cluster->best) {
      const std::string on = best.link.is_measured ? "measured" : std::to_string(std::llround(best.link.gigabits));
      object["best_processes"][on] = best.processes;
      object["two_processes_us"][on] = best.two_processes * 1e6;
      if (!best.link.is_measured) continue;
      object["link_gbps"] = best.link.gigabits;
      object["exchange_us"] = best.link.exchange * 1e6;
      object["processor_ns_per_byte"] = best.link.byte * 1e9;
      object["forecast_us"] = estimate.cluster->step_seconds * 1e6;
    }
  }
  return json_line(object);
}

}  // namespace millrace::cli
