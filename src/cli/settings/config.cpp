// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/config.hpp"

#include <array>
#include <cctype>
#include <cmath>

#include "base/fail.hpp"
#include "base/option_text.hpp"
#include "base/text.hpp"
#include "cli/settings/amount.hpp"
#include "cli/settings/column_roles.hpp"
#include "cli/settings/config_file.hpp"
#include "cli/settings/data_settings.hpp"
#include "cli/settings/flag_rules.hpp"
#include "cli/settings/known_operations.hpp"
#include "cli/settings/onnx_settings.hpp"
#include "cli/settings/op_settings.hpp"
#include "cli/settings/split_settings.hpp"
#include "kernels/processor.hpp"
#include "millrace/targets.hpp"
#include "millrace/words.hpp"

namespace millrace::cli {

namespace {

constexpr std::array<std::string_view, 3> task_words{"auto", "regression", "classification"};

std::vector<Flag> data_flags() {
  std::vector<Flag> flags{{"data", "FILE|PATTERN", "Data",
                           "The table: .csv or .tsv with a header line, .npy, .npz, IDX or LIBSVM; - reads CSV from "
                           "stdin; 'part-*.csv' reads several files "
                           "as one table"}};
  for (const Flag& flag : text_flags()) flags.push_back(flag);
  const std::vector<Flag> others{
      {"cache", "FILE", "Data",
       "Keep the table as it was read in this file, and take it from there as long as the data and the settings of "
       "columns are the same"},
      {"memory", "LIMIT", "Data",
       "The most resident memory to use, mapped files included: 2GiB, or 2G. Rows of a larger table are in a file "
       "beside the "
       "cache, or in the folder of --out, and are visited in windows that are shuffled. Default: no limit"},
      {"target", "COLUMN,...", "Data",
       "The column to predict, or several; for .npy and IDX the file of the targets, for .npz its array"},
      {"features", "COLUMN,...", "Data",
       "The columns to predict from, in this order. Default: all others. A name that contains a comma stands in "
       "quotes, as in CSV"},
      {"ignore", "COLUMN,...", "Data", "Columns to leave out"},
      {"classes", "NAME,...", "Data",
       "The classes of the target, in this order. Default: its texts, sorted. Numbers can be classes too: 1,2. A mark "
       "of missing values, such as None, is a class if it is among them"},
      {"sample-weight", "COLUMN", "Data",
       "The column with the weight of each row in the loss and the metrics; it is not a feature"},
      {"class-weight", "balanced|CLASS=WEIGHT,...", "Data",
       "Weights of the classes in the training loss, 1 by default; balanced: every class has the same total weight"},
      {"task", one_of(task_words), "Data",
       "Whether the target is a number or a class. Default: auto, as --loss or the last layer says, else as the target "
       "looks: texts, booleans, and 0 and 1 are classes, and so are 2 to 20 whole numbers with 10 rows or more "
       "each"},
  };
  flags.insert(flags.end(), others.begin(), others.end());
  for (const Flag& flag : table_flags()) flags.push_back(flag);
  for (const Flag& flag : split_flags()) flags.push_back(flag);
  return flags;
}

std::vector<Flag> model_flags() {
  const KnownOperations layers = known_operations(OperationKind::layer), losses = known_operations(OperationKind::loss),
                        metrics = known_operations(OperationKind::metric);
  return {
      {"layers", "LAYER,...", "Model",
       "The layers of a sequential network: 25:sigmoid is a dense layer of 25 units; others are listed below. Other "
       "networks, and inputs that take some of the columns, are described in the file of --config, as [[layers]] and "
       "[inputs.NAME]. Default: two hidden relu layers, wider for more rows",
       "layers", layers.names},
      {"members", "N", "Model",
       "Train an ensemble: N copies of the network, each with its own initial weights. The prediction is their mean. "
       "Training takes about N times as long. Default: 1; without layers 5, for more than 20000 rows 1"},
      {"init", "MODEL.onnx|CHECKPOINT|WEIGHTS.safetensors", "Model",
       "Start from this model: its weights and, unless other flags say otherwise, its layers, loss, columns and scale. "
       "With other --layers, those of the same name and shape keep its weights. A checkpoint also gives its "
       "optimizer's state, if the optimizer is the same. "
       "The ONNX file may be one of Keras, PyTorch or scikit-learn; a safetensors file of another library gives the "
       "weights of --layers, by name and shape"},
      {"freeze", "LAYER,...", "Model",
       "Layers, by name, whose weights stay as they are. Default: those of --init that stayed; none: train all"},
      {"loss", "LOSS", "Model",
       "The function to minimise; an option: --loss.label-smoothing 0.1. Default: mse for numbers, for classes the "
       "cross-entropy that fits the last layer",
       "loss", losses.names, losses.options},
      {"metrics", "METRIC,...", "Model",
       "Metrics to report beside the loss. Default: accuracy for classes, mean_absolute_error for numbers (sklearn: "
       "r2)",
       "metrics", metrics.names},
      {"semantics", one_of(semantics_words), "Model",
       "The library whose defaults and formulas apply where libraries differ. Default: keras"},
  };
}

// --early-stopping and its like: one a callback that has a flag.
std::vector<Flag> callback_flags() {
  std::vector<Flag> flags;
  for (const Operation& callback : operations(OperationKind::callback)) {
    if (callback.flag.empty()) continue;
    std::string help(callback.summary);
    if (!help.empty()) help[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(help[0])));
    if (!callback.file.empty()) help += ", in DIR/" + std::string(callback.file);
    const std::string name(callback.flag);
    flags.push_back({name, "", "Training", help, name, {}, callback.options});
  }
  return flags;
}

std::vector<Flag> training_flags() {
  const KnownOperations optimizers = known_operations(OperationKind::optimizer),
                        schedules = known_operations(OperationKind::schedule);
  return {
      {"optimizer", "OPTIMIZER", "Training", "Default: adam; an option: --optimizer.momentum 0.9", "optimizer",
       optimizers.names, optimizers.options},
      {"learning-rate", "RATE", "Training", "Short for --optimizer.learning-rate", "optimizer.learning_rate"},
      {"schedule", "SCHEDULE", "Training",
       "How the learning rate changes from step to step. Default: constant; an option: --schedule.warmup 100",
       "schedule", schedules.names, schedules.options},
      {"epochs", "N", "Training",
       "Passes over the training rows. Default: 1 (sklearn: 200); without layers up to 200, and early stopping with "
       "patience 15 keeps the best; 0 writes the untrained network"},
      {"batch", "N", "Training",
       "Rows per step. Default: 32 (sklearn: 200), or all rows if there are fewer; with lbfgs all rows"},
      {"shuffle", "true|false", "Training", "Draw a new order of the rows for every epoch. Default: true"},
      {"seed", "N", "Training",
       "Seed of the initial weights, the order of the rows, dropout and the stratified split. Default: 0"},
      {"threads", "N|auto", "Training",
       "Threads that compute, with the same results. Default: auto, as many as make it faster, up to OMP_NUM_THREADS"},
      {"slices", "N", "Training",
       "Cut each batch into N slices and add their gradients in a fixed order. With the same N, any number of "
       "processes started by mpirun gives the same bits as one. Default: one slice for each process; a resumed run "
       "keeps its slices"},
      {"hosts", "HOST,...", "Training",
       "Start the command on these machines by mpirun, in one process each: a,b; or in more: a:2,b:2 "
       "(docs/cluster.md)"},
      {"alone", "", "Training",
       "Each process that mpirun or srun has started trains a model of its own, as in a sweep"},
      {"wire", one_of(wire_words), "Training",
       "The numbers in which gradients travel between processes. bfloat16: half the bytes, with gradients rounded to 8 "
       "bits of precision, the same for any number of processes; needs --slices or several processes. Default: fp32"},
      {"gemm", one_of(gemm_words), "Training",
       "The library that multiplies matrices. onednn: in mixed precision also those of bfloat16 numbers, with AMX "
       "where the processor has it (not tested on such a processor). Default: auto, the fastest for each shape"},
      {"kernels", one_of(kernels_words), "Training",
       "portable: the same bits on every processor with AVX2 and FMA, with any version of the libraries; for networks "
       "without convolution and pooling. Default: auto, the fastest of this processor"},
      {"precision", one_of(precision_words), "Training",
       "mixed_bfloat16: large dense layers multiply bfloat16 numbers and add in fp32, up to twice as fast with "
       "AVX512_BF16, with the same bits but slower without; weights, all other layers (convolutions, embeddings), "
       "evaluation, prediction and export stay in fp32. auto: mixed_bfloat16 where it is faster. Default: fp32"},
      {"isa", one_of(isa_words), "Training",
       "The largest instruction set that kernels may use, for comparisons. Default: auto, those of the processor"},
      {"train-evaluation", "", "Training",
       "Also evaluate the training rows after every epoch, with the weights of its end: train_loss"},
      {"find-learning-rate", "", "Training",
       "Do not train: raise the learning rate from step to step, write DIR/learning_rate.csv and suggest a rate"},
  };
}

std::vector<Flag> output_flags() {
  return {
      {"out", "DIR", "Output",
       "The folder for model.onnx, checkpoint.safetensors and history.csv; it is created if it does not exist"},
      {"resume", "", "Output", "Continue the run in DIR from its checkpoint; start a new one if there is none"},
      {"allow-other-bits", "", "Output",
       "Resume a run also with other kernels than it had (processor, libraries, variables); its last bits then differ"},
      {"change", "", "Output",
       "Resume a run with other options or rows, if it can go on with them; says what differs and what that means"},
      {"checkpoint-every", "N|TIME", "Output",
       "Also save the checkpoint within an epoch: after every N steps, or every 30s, 5m or 1h. Default: after epochs "
       "only"},
      {"keep-checkpoints", "K", "Output",
       "Keep the last K checkpoints; the one before the last is checkpoint.1.safetensors. Default: 1"},
      {"overwrite", "", "Output", "Start a new run in a DIR that holds one, and replace its files"},
      {"config", "FILE.toml", "Output",
       "Read flags from a file, one key per flag; flags of the command line win. Paths are relative to the working "
       "folder"},
      {"dry-run", "", "Output",
       "Do not train: try some steps of a copy, and print how long the run would take, its threads and its memory. "
       "Needs no --out"},
      {"report", "", "Output",
       "Also write DIR/report.html, a page with curves, errors, important columns and settings; millrace report makes "
       "it afterwards"},
      {"json", "", "Output", "Print the results as one JSON object"},
      {"processes", "", "Output",
       "Also print where the processes run that mpirun or srun has started, with their threads and slices"},
      {"profile", "", "Output", "Also print where the time of a step goes"},
      {"verbose", "", "Output", "Also print the number of threads and why, and the time of a step"},
      {"quiet", "", "Output", "Show no progress"},
  };
}

}  // namespace

std::vector<Flag> train_flags() {
  std::vector<Flag> flags;
  for (const auto& group :
       {data_flags(), model_flags(), training_flags(), callback_flags(), output_flags(), onnx_flags()})
    flags.insert(flags.end(), group.begin(), group.end());
  return flags;
}

namespace {

void read_class_weight(const Settings& settings, TrainConfig& config) {
  const Setting* const setting = settings.find("class-weight");
  if (setting == nullptr) return;
  const std::vector<std::string> entries = settings.names("class-weight");
  config.fit.balanced = entries == std::vector<std::string>{"balanced"};
  if (config.fit.balanced) return;
  if (entries.empty()) setting->refuse("balanced, or classes with their weights: no=1,yes=3");
  for (const std::string& entry : entries) {
    const std::size_t equals = entry.rfind('=');
    const auto weight = equals == std::string::npos ? std::nullopt : parse_number(entry.substr(equals + 1));
    if (!weight || !std::isfinite(*weight) || *weight < 0)
      setting->fail_with("'" + entry + "', expected balanced, or a class with a weight of 0 or more: yes=3");
    const std::string name(trim(entry.substr(0, equals)));
    if (!config.class_weight.emplace(name, *weight).second)
      setting->fail_with("'" + name + "' is given twice, expected it once");
  }
}

// Columns of an array have no names, and its numbers no other form.
void check_array_settings(const Settings& settings, const TrainConfig& config) {
  if (!config.data.is_array()) return;
  const Setting* const setting = column_setting(settings);
  if (setting != nullptr)
    setting->fail_with("columns of '" + config.data.name() + "' have no names, expected a .csv or .tsv file");
  const std::string& scale = config.columns.all.scale;
  if (scale != "standard" && scale != "none") settings.find("scale")->refuse("standard or none for an array");
}

// 500 are steps, 30s and 5m are a time.
void read_checkpoint_every(const Settings& settings, TrainConfig& config) {
  const Setting* const setting = settings.find("checkpoint-every");
  if (setting == nullptr) return;
  if (setting->list || parse_number(value_text(setting->value))) {
    config.fit.checkpoint_steps = settings.integer("checkpoint-every", 0, 1);
    return;
  }
  const std::optional<double> seconds = parse_amount(value_text(setting->value), units_of_time());
  if (!seconds) setting->refuse("a number of steps, or a time in s, m or h: 500, 30s, 5m");
  config.fit.checkpoint_seconds = *seconds;
}

// The files of --data and --out, and how the rows of the table are kept.
void read_data_and_folder(const Settings& settings, TrainConfig& config) {
  config.data = data_setting(settings);
  config.memory = memory_setting(settings);
  config.cache = settings.text("cache");
  if (const Setting* const cache = settings.find("cache"); cache != nullptr && config.data.is_array())
    cache->fail_with("'" + config.data.name() + "' is a file of numbers already, expected a .csv or .tsv file");
  config.dry_run = settings.boolean("dry-run", false);
  config.out = config.dry_run ? settings.text("out", ".") : settings.required_text("out", "a folder for the model");
}

void read_network(const Settings& settings, TrainConfig& config) {
  config.semantics = static_cast<Semantics>(settings.choice("semantics", semantics_words));
  config.graph = graph_settings(settings, config.semantics);
  if (settings.has("members")) {
    constexpr std::int64_t most_members = 100;
    config.members = settings.integer("members", 1, 1, most_members);
    if (config.graph.layers.empty() && settings.has("init"))
      fail(ErrorKind::usage, settings.who,
           "--members copies a network, and --init has one already, expected --members with --layers, or not at all");
  }
  config.outputs = output_settings(settings, config.semantics, config.graph);
  config.loss = loss_setting(settings, config.semantics);
  if (settings.has("metrics")) config.metrics = metric_settings(settings);
  config.init = settings.text("init");
  if (settings.has("freeze")) {
    config.freeze = settings.names("freeze");
    if (config.freeze == std::vector<std::string>{"none"}) config.freeze->clear();
  }
}

void read_optimizer(const Settings& settings, TrainConfig& config) {
  const OptimizerSetting optimizer = optimizer_setting(settings, config.semantics);
  config.optimizer = optimizer.rule;
  config.update = optimizer.update;
  const ScheduleSetting schedule = schedule_setting(settings, config.optimizer, config.semantics);
  config.schedule = schedule.schedule;
  config.pace = schedule.pace;
}

void read_task(const Settings& settings, TrainConfig& config) {
  if (settings.has("task")) {
    const std::size_t task = settings.choice("task", task_words);
    if (task > 0) config.task = task == 1 ? Task::regression : Task::classification;
  }
  if (config.task == Task::classification && !config.loss.op.empty() && target_kind(config.loss) == TargetKind::numbers)
    settings.find("task")->fail_with("classification, and " + config.loss.op +
                                     " takes numbers, expected a cross-entropy as the loss, or --task regression");
}

void read_columns(const Settings& settings, TrainConfig& config) {
  config.target = settings.names("target");
  for (const OutputSetting& output : config.outputs)
    config.target.insert(config.target.end(), output.target.begin(), output.target.end());
  config.features = settings.names("features");
  config.ignore = settings.names("ignore");
  config.classes = settings.names("classes");
  const bool may_have_classes = !config.data.is_array() || config.data.type == FileFormat::libsvm;
  if (const Setting* const classes = settings.find("classes"); classes != nullptr && !may_have_classes)
    classes->fail_with("'" + config.data.name() + "' contains numbers only, expected a .csv or .tsv file");
  config.sample_weight = settings.text("sample-weight");
  read_class_weight(settings, config);
  read_task(settings, config);
  config.columns = table_settings(settings);
  config.schema = settings.text("schema");
  check_array_settings(settings, config);
  config.scale_given = settings.has("scale");
  if (settings.has("scale-target")) config.scale_target = settings.word("scale-target", scale_target_words);
}

// The rows of an epoch and of a step, and how many of both.
void read_epochs(const Settings& settings, TrainConfig& config) {
  const bool sklearn = config.semantics == Semantics::sklearn;
  config.fit.epochs = settings.integer("epochs", sklearn ? 200 : 1, 0);
  config.default_training = !sklearn && !settings.has("epochs") && config.init.empty() && config.graph.layers.empty();
  if (config.default_training) config.fit.epochs = DefaultTraining{}.epochs;
  read_split(settings, config);
  check_column_roles(settings, config);
  if (settings.has("batch")) config.batch = settings.integer("batch", 32, 1);
  config.fit.seed = settings.seed("seed");
  config.fit.shuffle = settings.boolean("shuffle", true);
  config.fit.evaluate_training = settings.boolean("train-evaluation", false);
  config.find_learning_rate = settings.boolean("find-learning-rate", false);
}

void read_callbacks(const Settings& settings, TrainConfig& config) {
  // scikit-learn's tol ends any run but those of its lbfgs.
  const bool stops = config.semantics == Semantics::sklearn && !needs_all_rows(config.optimizer);
  config.fit.callbacks = callback_settings(settings, config.semantics, stops);
  config.default_stopping = config.default_training && validates(config) && !settings.has("early-stopping") &&
                            settings.options_of("early-stopping").empty();
  if (config.default_stopping)
    config.fit.callbacks.insert(config.fit.callbacks.begin(),
                                EarlyStopping{.patience = DefaultTraining{}.patience, .restore_best_weights = true});
}

void read_computation(const Settings& settings, TrainConfig& config) {
  config.fit.threads = settings.threads();
  config.fit.slices = settings.integer("slices", 0, 1);
  config.processes = settings.boolean("processes", false);
  config.fit.gemm = settings.word("gemm", gemm_words);
  config.fit.kernels = settings.word("kernels", kernels_words);
  config.fit.precision = settings.word("precision", precision_words);
  config.fit.wire = settings.word("wire", wire_words);
  config.isa = settings.word("isa", isa_words);
}

void read_checkpoints(const Settings& settings, TrainConfig& config) {
  config.fit.resume = settings.boolean("resume", false);
  config.fit.allow_other_bits = settings.boolean("allow-other-bits", false);
  config.fit.change = settings.boolean("change", false);
  read_checkpoint_every(settings, config);
  constexpr std::int64_t most_checkpoints = 1000;
  config.fit.keep_checkpoints = static_cast<int>(settings.integer("keep-checkpoints", 1, 1, most_checkpoints));
  config.overwrite = settings.boolean("overwrite", false);
}

void read_results(const Settings& settings, TrainConfig& config) {
  config.onnx = onnx_settings(settings);
  config.threshold = threshold_setting(settings);
  config.sidecar = sidecar_setting(settings);
  config.fit.profile = settings.boolean("profile", false);
  config.json = settings.boolean("json", false);
  config.quiet = settings.boolean("quiet", false);
  config.verbose = settings.boolean("verbose", false);
  config.report = settings.boolean("report", false);
}

}  // namespace

TrainConfig read_train_config(const Settings& flags, const Command& command) {
  const std::string file = flags.text("config");
  const Settings settings = file.empty() ? flags : flags.over(read_config_file(file, command), command);
  if (!file.empty()) check_flag_rules(settings, command);  // those of the command line alone are checked already

  TrainConfig config;
  config.command = settings.command_line;
  config.settings = settings;
  config.config = file;
  config.changes = settings.names(changes_key);
  // Each may look at what those before it have read.
  for (const auto read : {read_data_and_folder, read_network, read_optimizer, read_columns, read_epochs, read_callbacks,
                          read_computation, read_checkpoints, read_results})
    read(settings, config);
  return config;
}

}  // namespace millrace::cli
