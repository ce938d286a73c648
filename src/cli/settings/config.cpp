// SPDX-License-Identifier: Apache-2.0
#include "cli/settings/config.hpp"

#include <cmath>

#include "base/text.hpp"
#include "cli/commands/data_file.hpp"
#include "cli/settings/config_file.hpp"
#include "cli/settings/op_settings.hpp"
#include "ops/optimizers/optimizer.hpp"

namespace millrace::cli {

std::vector<Flag> train_flags() {
  return {
      {"data", "FILE", "Data", "The table: .csv or .tsv with a header line, or .npy; - reads CSV from stdin"},
      delimiter_flag,
      no_header_flag,
      {"target", "COLUMN,...", "Data", "Column to predict, or several; for .npy the file of the targets"},
      {"features", "COLUMN,...", "Data",
       "Columns to predict from, in this order; default: all others. As in CSV, a name with a comma stands in quotes"},
      {"ignore", "COLUMN,...", "Data", "Columns that are not read"},
      {"classes", "NAME,...", "Data",
       "Classes of the target, in this order; default: the texts in it. Numbers that stand for classes: 1,2"},
      {"sample-weight", "COLUMN", "Data", "Column of what each row weighs in loss and metrics; no feature then"},
      {"class-weight", "balanced|CLASS=WEIGHT,...", "Data",
       "What rows of a class weigh in the training loss, 1 where nothing is said; balanced: all classes the same "
       "together"},
      {"scale", "standard|none", "Data",
       "standard: numeric columns get mean 0 and deviation 1, fitted on the training rows, as part of the exported "
       "model. Default: standard for .csv and .tsv, none for .npy, with --init as that model does"},
      {"validation", "FRACTION", "Data", "Share of the rows that is held out, 0 to below 1; default 0"},
      {"split", "last|stratified", "Data",
       "Which rows are held out: the last, as Keras does, or a random share of every class; default last (sklearn: "
       "stratified)"},

      {"layers", "LAYER,...", "Model",
       "The network, a sequence: 25:sigmoid is a dense layer, others are below. Networks of another form, and inputs "
       "of "
       "some columns, are said in the file of --config, as [[layers]] and [inputs.NAME]"},
      {"init", "MODEL.onnx", "Model",
       "Starts from this model: its weights, and whatever is not said of its layers, loss, columns and scale"},
      {"loss", "LOSS", "Model", "What is minimised; its options: --loss.label-smoothing 0.1"},
      {"metrics", "METRIC,...", "Model",
       "What is reported beside; default: accuracy for classes, mean_absolute_error (sklearn: r2) for numbers"},
      {"semantics", "keras|torch|sklearn", "Model",
       "Whose defaults and formulas hold where libraries differ: of optimizers, layers, initializers, weights; default "
       "keras"},

      {"optimizer", "OPTIMIZER", "Training", "Default adam; its options: --optimizer.momentum 0.9"},
      {"learning-rate", "RATE", "Training", "Short for --optimizer.learning-rate", "optimizer.learning_rate"},
      {"schedule", "SCHEDULE", "Training",
       "The learning rate over the steps; default constant; its options: --schedule.warmup 100"},
      {"early-stopping", "", "Training",
       "Ends the run when the validation loss gets no better; its options: --early-stopping.patience 5. sklearn: acts "
       "unless --early-stopping false is given, on the training loss; given as a flag, on a score of --validation 0.1"},
      {"plateau", "", "Training", "Lowers the learning rate when it gets no better; its options: --plateau.factor 0.5"},
      {"best", "", "Training",
       "Keeps the model of the best epoch in DIR/best.safetensors; its options: --best.monitor val_accuracy"},
      {"json-log", "", "Training", "Also writes DIR/history.jsonl, one JSON object an epoch; --json-log.path FILE"},
      {"train-evaluation", "", "Training",
       "Also loss and metrics of the training rows with the weights at an epoch's end: train_loss"},
      {"find-learning-rate", "", "Training",
       "Trains nothing: raises the rate from step to step, writes DIR/learning_rate.csv and suggests one"},
      {"epochs", "N", "Training", "Passes over the rows; default 1 (sklearn: 200); 0 writes the untrained network"},
      {"batch", "N", "Training", "Rows of a step; default 32 (sklearn: 200), or all where there are fewer; lbfgs: all"},
      {"shuffle", "true|false", "Training", "A new order of the rows every epoch; default true"},
      {"seed", "N", "Training", "Of initial weights, order of rows, dropout and stratified split; default 0"},
      {"threads", "N|auto", "Training",
       "Default auto: as many as are there and pay; the result is the same for any number"},
      {"gemm", "auto|onednn|openblas", "Training", "Who multiplies matrices; default auto"},
      {"resume", "", "Training", "Goes on from DIR/checkpoint.safetensors, where there is one"},

      {"out", "DIR", "Output",
       "Gets model.onnx, checkpoint.safetensors and history.csv; is created where it is missing"},
      {"config", "FILE.toml", "Output",
       "Reads flags from a file, one key a flag; those of the command line win. Paths are relative to the working "
       "folder"},
      {"json", "", "Output", "Results as one JSON object"},
      {"profile", "", "Output", "Also where the time of a step goes"},
      {"quiet", "", "Output", "No progress on stderr"},
  };
}

namespace {

void read_class_weight(const Settings& settings, TrainConfig& config) {
  const Setting* const setting = settings.find("class-weight");
  if (setting == nullptr) return;
  const std::vector<std::string> entries = settings.names("class-weight");
  config.balanced = entries == std::vector<std::string>{"balanced"};
  if (config.balanced) return;
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

}  // namespace

TrainConfig read_train_config(const Settings& flags, const Command& command) {
  const std::string file = flags.text("config");
  const Settings settings = file.empty() ? flags : flags.over(read_config_file(file, command), command.ops);

  TrainConfig config;
  config.data = data_setting(settings);
  config.delimiter = delimiter_setting(settings, config.data);
  config.header = header_setting(settings, config.data);
  config.out = settings.required_text("out", "a folder for the model");
  config.semantics = static_cast<Semantics>(settings.choice("semantics", {"keras", "torch", "sklearn"}));
  config.graph = graph_settings(settings, config.semantics);
  config.loss = loss_setting(settings, config.semantics);
  const OptimizerSetting optimizer = optimizer_setting(settings, config.semantics);
  config.optimizer = optimizer.rule;
  config.update = optimizer.update;
  const auto rule = make_optimizer(config.optimizer, config.semantics);
  const ScheduleSetting schedule = schedule_setting(settings, rule->learning_rate(), config.semantics);
  config.schedule = schedule.schedule;
  config.pace = schedule.pace;
  if (settings.has("metrics")) config.metrics = metric_settings(settings);
  config.init = settings.text("init");
  if (config.init.empty() && config.graph.layers.empty())
    fail(ErrorKind::usage, settings.who, "no --layers, expected the network, as in --layers 25:sigmoid,1:sigmoid");
  if (config.init.empty() && config.loss.op.empty())
    fail(ErrorKind::usage, settings.who, "no --loss, expected what is minimised, as in --loss binary_crossentropy");

  config.target = settings.names("target");
  config.features = settings.names("features");
  config.ignore = settings.names("ignore");
  config.classes = settings.names("classes");
  if (const Setting* const classes = settings.find("classes"); classes != nullptr && is_array(config.data))
    classes->fail_with("'" + config.data + "' has numbers only, expected a .csv or .tsv file for it");
  config.sample_weight = settings.text("sample-weight");
  read_class_weight(settings, config);
  if (settings.has("scale")) config.standardize = settings.choice("scale", {"standard", "none"}) == 0;
  const bool sklearn = config.semantics == Semantics::sklearn;
  // MLPClassifier(early_stopping=True) holds a tenth out, of every class.
  const double held_out = sklearn && settings.boolean("early-stopping", false) ? 0.1 : 0;
  config.validation = settings.fraction("validation", held_out);
  config.split = sklearn ? SplitKind::stratified : SplitKind::last;
  if (settings.has("split")) config.split = static_cast<SplitKind>(settings.choice("split", {"last", "stratified"}));

  config.epochs = settings.integer("epochs", sklearn ? 200 : 1, 0);
  if (settings.has("batch")) config.batch = settings.integer("batch", 32, 1);
  config.seed = settings.seed("seed");
  config.threads = settings.threads();
  config.shuffle = settings.boolean("shuffle", true);
  config.resume = settings.boolean("resume", false);
  config.profile = settings.boolean("profile", false);
  // scikit-learn's tol ends any run but those of its lbfgs.
  const bool stops = sklearn && rule->line_search() == nullptr;
  config.callbacks = callback_settings(settings, config.semantics, stops);
  config.train_evaluation = settings.boolean("train-evaluation", false);
  config.find_learning_rate = settings.boolean("find-learning-rate", false);
  config.json = settings.boolean("json", false);
  config.quiet = settings.boolean("quiet", false);
  const std::vector<std::string_view> libraries{"auto", "onednn", "openblas"};
  config.gemm = libraries[settings.choice("gemm", libraries)];
  return config;
}

}  // namespace millrace::cli
