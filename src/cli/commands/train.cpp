// SPDX-License-Identifier: Apache-2.0
//
// millrace train: trains a model on a table.
#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/atomic_file.hpp"
#include "base/control_groups.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/stopwatch.hpp"
#include "cli/commands/choices.hpp"
#include "cli/commands/cluster_run.hpp"
#include "cli/commands/data_file.hpp"
#include "cli/commands/dry_run.hpp"
#include "cli/commands/hosts.hpp"
#include "cli/commands/memory_notes.hpp"
#include "cli/commands/model_file.hpp"
#include "cli/commands/named_file.hpp"
#include "cli/commands/output_folder.hpp"
#include "cli/commands/run_report.hpp"
#include "cli/commands/run_times.hpp"
#include "cli/commands/table.hpp"
#include "cli/commands/trained_model.hpp"
#include "cli/commands/training.hpp"
#include "cli/commands/training_files.hpp"
#include "cli/commands/training_notes.hpp"
#include "cli/commands/training_rows.hpp"
#include "cli/screen/activity.hpp"
#include "cli/screen/console.hpp"
#include "cli/screen/printable.hpp"
#include "cli/screen/report.hpp"
#include "cli/settings/config.hpp"
#include "cli/settings/data_settings.hpp"
#include "cli/settings/known_operations.hpp"
#include "cli/settings/op_settings.hpp"
#include "cli/signals.hpp"
#include "kernels/kernel_set.hpp"
#include "kernels/processor.hpp"
#include "millrace/catalogue.hpp"
#include "millrace/checkpoint.hpp"
#include "millrace/model.hpp"
#include "millrace/split.hpp"
#include "millrace/targets.hpp"
#include "model/files/checkpoint_files.hpp"
#include "model/files/data_fingerprint.hpp"
#include "threads/cpu_budget.hpp"

namespace millrace::cli {

namespace {

std::string working_folder() {
  std::error_code code;
  return std::filesystem::current_path(code).string();
}

FitOptions fit_options(const TrainConfig& config, const Model& model, const Split& parts,
                       const std::vector<CallbackConfig>& callbacks, const OutputFolder& folder,
                       const StopOnSignal& stop) {
  FitOptions options = config.fit;
  const std::int64_t usual = config.semantics == Semantics::sklearn ? 200
                             : config.default_training              ? default_batch(parts.train.rows())
                                                                    : options.batch_size;
  const bool whole = needs_all_rows(config.optimizer);
  options.batch_size = config.batch.value_or(whole ? parts.train.rows() : std::min(usual, parts.train.rows()));
  options.validation = parts.validation.rows() > 0 ? &parts.validation : nullptr;
  if (!config.class_weight.empty()) options.class_weight = class_weights(config.class_weight, parts.train, model);
  options.checkpoint = folder.file(checkpoint_file);
  options.callbacks = callbacks;
  options.failure = folder.file(failure_file);
  options.on_note = [](const std::string& sentence) { note("[train] " + sentence); };
  // Names may be any bytes, but a checkpoint's metadata are UTF-8.
  options.about = {{"command", printable_line(config.command)},
                   {"folder", printable_line(working_folder())},
                   {"data", printable_line(config.data.name())}};
  options.stop = stop.requested();
  return options;
}

LearningRateCurve find_learning_rate(Model& model, const Dataset& training, const FitOptions& options) {
  return model.find_learning_rate(training, {.batch_size = options.batch_size,
                                             .shuffle = options.shuffle,
                                             .seed = options.seed,
                                             .threads = options.threads,
                                             .gemm = options.gemm,
                                             .kernels = options.kernels,
                                             .precision = options.precision,
                                             .stop = options.stop});
}

TrainReport report_of(Model& model, const TrainConfig& config, const Split& parts, const Training& training,
                      const FitOptions& options) {
  const History& history = training.history;
  TrainReport report{.history = history,
                     .best = training.best,
                     .training = {},
                     .validation = {},
                     .training_rows = {},
                     .validated = options.validation != nullptr,
                     .files = {},
                     .resumed_step = training.resumed_step};
  if (history.epochs.empty()) {
    report.training = model.evaluate(parts.train, config.fit.threads);
    if (report.validated) report.validation = model.evaluate(parts.validation, config.fit.threads);
  } else {
    // The values of the epoch whose weights the model has.
    const Epoch& epoch = history.weights_epoch > 0 ? history.epochs[history.weights_epoch - 1] : history.epochs.back();
    report.training = {epoch.loss, epoch.metrics};
    report.validation = epoch.validation;
    if (epoch.training_evaluated) report.training_rows = epoch.training;
  }
  return report;
}

// What `read` gives for the newest checkpoint that can be read. The fit says what is wrong with others.
template <class Value>
std::optional<Value> from_newest(const std::string& checkpoint, Value (&read)(const std::string& path)) {
  for (const std::string& path : existing_checkpoints(checkpoint)) {
    try {
      return read(path);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
    }
  }
  return {};
}

Model model_of(const std::string& checkpoint) { return Model::load_checkpoint(checkpoint); }

// A run that goes on keeps the order of its inputs: version 0.1 took those of a TOML file in alphabetical order.
void order_inputs(std::vector<GraphInput>& inputs, const std::vector<std::string>& names) {
  const auto place = [&](const GraphInput& input) { return std::find(names.begin(), names.end(), input.name); };
  std::stable_sort(inputs.begin(), inputs.end(), [&](auto& a, auto& b) { return place(a) < place(b); });
}

constexpr const char* nothing_to_resume = "stopped before the first step, there is nothing to resume";

// The run that --resume continues. Empty: it begins.
struct EarlierTraining {
  std::optional<CheckpointRun> run;
  std::optional<Model> model;  // whose means and scales stay if the run goes on with other rows
};

EarlierTraining earlier_training(const OutputFolder& folder, const TrainConfig& config) {
  if (!config.fit.resume) return {};
  const std::string checkpoint = folder.file(checkpoint_file);
  return {.run = from_newest(checkpoint, read_checkpoint_run), .model = from_newest(checkpoint, model_of)};
}

// Limits the process as the flags say, and says what other limits it has.
void prepare_process(const TrainConfig& config) {
  if (const CpuBudget& budget = cpu_budget(); config.fit.threads == 0 && budget.limit > 0)
    note("[train] OMP_NUM_THREADS is " + std::to_string(budget.limit) + ", so the run takes up to " +
         counted(budget.limit, "thread") + " of " + counted(budget.processors, "processor") + "; --threads " +
         std::to_string(budget.processors) + " takes all");
  limit_instruction_set(config.isa);
  if (config.fit.kernels == "auto") {
    for (const std::string& sentence : kernel_notes()) note("[train] " + sentence);
  }
  for (const std::string& sentence :
       memory_notes(cgroup_memory(), config.memory, config.data.paths, !config.data.is_array()))
    note("[train] " + sentence);
}

// The model of --init. Nothing: there is none, or a file of weights alone.
std::optional<Model> starting_model(TrainConfig& config) {
  if (config.init.empty()) return std::nullopt;
  std::optional<Model> start = load_start(config.init);
  if (start && config.outputs.empty() && config.graph.layers.empty()) take_outputs(config, *start);
  if (!start && (config.graph.layers.empty() || config.loss.op.empty()))
    fail(ErrorKind::usage, "train",
         "--init '" + config.init + "' has weights without a network, expected --layers and --loss too");
  return start;
}

// A compiled model and its rows, prepared for it.
struct ModelAndRows {
  Model model;
  Split parts;
};

// from: the model of --init, or null.
ModelAndRows model_and_rows(const TrainConfig& config, const Model* from, TrainingRows& rows,
                            const EarlierTraining& earlier) {
  Model model = make_model(config, from);
  const Model* const resumed = earlier.model ? &*earlier.model : nullptr;
  Dataset data = rows.prepare(model, resumed);
  if (from != nullptr && config.graph.layers.empty() && from->input_width() != model.input_width())
    fail(ErrorKind::data, "train",
         config.init + " takes " + counted(from->input_width(), "feature column") + ", " + config.data.name() +
             " has " + std::to_string(model.input_width()) + ", expected as many: --features names them");
  take_weights(model, config, from);
  freeze(model, config);
  compile(model, config, rows, from);
  Split parts = rows.split(std::move(data), model);
  if (config.outputs.empty() && (from == nullptr || !config.scale_target.empty()))
    // Runs of version 0.1 have no scale.
    model.scale_target(parts.train,
                       earlier.run && config.scale_target.empty() ? earlier.run->target_scale : target_scale(config));
  if (resumed != nullptr) model.keep_preparation(*resumed);
  return {std::move(model), std::move(parts)};
}

// A training between its rows and its results.
struct Run {
  const TrainConfig& config;
  const OutputFolder& folder;
  const std::vector<NamedFile>& products;
  const TrainingRows& rows;
  const Split& parts;
  Model& model;
  const FitOptions& options;
  double reading_seconds = 0;
};

Training train_or_report(const Run& run, const std::vector<std::string>& notes,
                         const std::optional<CheckpointRun>& earlier) {
  try {
    return train_in(run.folder, run.model, run.parts.train, run.config, run.options, notes, earlier);
  } catch (const Error& error) {
    if (writes_files(run.options.cluster) && run.config.report && error.kind() == ErrorKind::non_finite)
      write_failed_report(run.folder, run.config);
    throw;
  }
}

// Writes the products of the run, and prints its results.
void finish(const Run& run, const Training& training) {
  const auto& [config, folder, products, rows, parts, model, options, reading_seconds] = run;
  TrainReport report = report_of(model, config, parts, training, options);
  // Frees the optimizer's state, which the checkpoint holds, for the export.
  model.compile(CompileOptions(model.compiled()));
  if (options.before_saving) options.before_saving();
  const Stopwatch exporting;
  Activity finishing(config.quiet, "writing and checking " + products[0].path);
  model.export_onnx(products[0].path, config.onnx.options);
  if (!config.sidecar.empty()) write_file_atomically(config.sidecar, model.onnx_description(config.onnx.options));
  if (config.report || config.fit.profile)
    write_times(folder.file(times_file), training.history,
                {.reading = reading_seconds, .exporting = exporting.seconds()});
  if (config.report)
    write_report(folder, config, model, rows, parts,
                 {.training = training, .rows = static_cast<double>(parts.train.rows())});
  write_tensorboard(options.callbacks, folder, model, parts, training, config);
  finishing.end();
  // A run without a best epoch has no file of it.
  for (const NamedFile& file : products) {
    if (std::filesystem::exists(file.path)) report.files.push_back(file);
  }
  report.files.push_back({"config", folder.file(config_file)});
  print(config.json ? report_json(report) : report_text(report, config.verbose));
}

// cluster: null if this process trains alone.
void train(const Settings& settings, Cluster* cluster) {
  const Stopwatch watch;
  TrainConfig config = read_train_config(settings, command_named("train"));
  const bool writes = writes_files(cluster);
  refuse_hosts(settings);
  if (cluster != nullptr) {
    require_cluster_settings(config);
    require_one_folder(*cluster, config.out);
  }
  if (!writes) config.quiet = true;
  StopOnSignal stop;
  prepare_process(config);
  const std::optional<Model> start = starting_model(config);
  const Model* const from = start ? &*start : nullptr;
  const bool owns_folder = writes && !config.dry_run;
  const OutputFolder folder = owns_folder ? OutputFolder(config.out) : OutputFolder::to_read(config.out);
  std::optional<NothingToLose> loading(std::in_place, nothing_to_resume, folder.created());
  check_folder(folder, config);
  EarlierTraining earlier = earlier_training(folder, config);
  settle_slices(config, earlier.run ? &*earlier.run : nullptr, cluster);
  if (earlier.run) order_inputs(config.graph.inputs, earlier.run->inputs);
  std::vector<CallbackConfig> callbacks = callbacks_in(folder, config);
  const std::vector<NamedFile> files = products(config, callbacks, folder);
  keep_files_apart(config, files, folder);
  if (owns_folder) require_writable_products(config, files, callbacks, folder);

  const InputFiles inputs(config.data, config.target);
  Activity reading(config.quiet, "reading " + config.data.name());
  TrainingRows rows(config, from, inputs, cluster);
  inputs.require_unchanged("train");
  const std::string chosen = config.outputs.empty() ? choose(config, from, rows.shape()) : "";
  callbacks = callbacks_in(folder, config);  // fewer of them for a few rows
  if (config.outputs.empty())
    rows.settle_target();
  else
    rows.settle_outputs(config.outputs);
  auto [model, parts] = model_and_rows(config, from, rows, earlier);
  earlier.model.reset();
  if (!config.find_learning_rate) check_export(model, config.onnx);
  loading.reset();
  stop.restart_calls();
  reading.end();
  if (*stop.requested()) fail(ErrorKind::interrupted, "train", nothing_to_resume);

  FitOptions options = fit_options(config, model, parts, callbacks, folder, stop);
  options.cluster = cluster;
  if (from != nullptr && is_checkpoint(config.init) && from->compiled().optimizer.op == config.optimizer.op)
    options.optimizer_state = config.init;
  if (!config.init.empty()) options.start = fingerprint(from != nullptr ? *from : model, options.optimizer_state);
  if (config.data.is_array()) options.before_saving = [&] { inputs.require_unchanged("train"); };
  const std::vector<std::string> notes = training_notes(settings, config, rows, parts, model, options, chosen);
  if (config.find_learning_rate) {
    const LearningRateCurve curve = find_learning_rate(model, parts.train, options);
    write_file_atomically(files[0].path, curve_csv(curve));
    print(config.json ? curve_json(curve, files) : curve_text(curve, files));
    return;
  }
  if (config.processes) note_processes(cluster, options);
  if (config.dry_run) {
    for (const std::string& text : notes) note("[train] " + text);
    const DryRun estimate = dry_run(model, parts, options);
    return print(config.json ? dry_run_json(estimate) : dry_run_text(estimate));
  }
  const Run run{.config = config,
                .folder = folder,
                .products = files,
                .rows = rows,
                .parts = parts,
                .model = model,
                .options = options,
                .reading_seconds = watch.seconds()};
  const Training training = train_or_report(run, notes, earlier.run);
  if (!writes) return;
  const NothingToLose saved(
      "stopped after the last step, before all files are written: the same command with --resume");
  finish(run, training);
}

}  // namespace

Command train_command() {
  return {.name = "train",
          .summary = "Trains a network on a table and writes it as ONNX",
          .argument = "",
          .flags = train_flags(),
          .notes = operations_help,
          .run = [](const Settings& settings) { run_in_cluster(settings, train); },
          .tables = {"inputs", "outputs", "columns"},
          .rules = train_rules()};
}

}  // namespace millrace::cli
