// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/config.hpp"

#include "tools/cli/config_file.hpp"
#include "tools/cli/op_settings.hpp"

namespace millrace::cli {

std::vector<Flag> train_flags() {
  return {
      {"data", "FILE", "Data", "The table: .csv or .tsv with a header line, or .npy"},
      {"target", "COLUMN,...", "Data", "Column to predict, or several; for .npy the file of the targets"},
      {"features", "COLUMN,...", "Data", "Columns to predict from, in this order; default: all others"},
      {"ignore", "COLUMN,...", "Data", "Columns that are not read"},
      {"weight", "COLUMN", "Data", "Column of row weights"},
      {"scale", "standard|none", "Data",
       "standard: numeric columns get mean 0 and deviation 1, fitted on the training rows, as part of the exported "
       "model. Default: standard for .csv and .tsv, none for .npy, with --init as that model does"},
      {"validation", "FRACTION", "Data", "Share of the rows that is held out, 0 to below 1; default 0"},
      {"split", "last|stratified", "Data",
       "Which rows are held out: the last, as Keras does, or a random share of every class; default last"},

      {"layers", "LAYER,...", "Model",
       "The network, a sequence: 25:sigmoid is a dense layer, others are below. Networks of another form, and inputs "
       "of "
       "some columns, are said in the file of --config, as [[layers]] and [inputs.NAME]"},
      {"init", "MODEL.onnx", "Model",
       "Starts from this model: its weights, and whatever is not said of its layers, loss, columns and scale"},
      {"loss", "LOSS", "Model", "What is minimised; its options: --loss.label-smoothing 0.1"},
      {"metrics", "METRIC,...", "Model",
       "What is reported beside; default: accuracy for classes, mean_absolute_error for numbers"},
      {"semantics", "keras|torch|sklearn", "Model",
       "Whose defaults and formulas hold where libraries differ; default keras"},

      {"optimizer", "OPTIMIZER", "Training", "Default adam; its options: --optimizer.momentum 0.9"},
      {"learning-rate", "RATE", "Training", "Short for --optimizer.learning-rate", "optimizer.learning_rate"},
      {"epochs", "N", "Training", "Passes over the rows; default 1; 0 writes the untrained network"},
      {"batch", "N", "Training", "Rows of a step; default 32, or all where there are fewer"},
      {"shuffle", "true|false", "Training", "A new order of the rows every epoch; default true"},
      {"seed", "N", "Training", "Of initial weights, order of rows and stratified split; default 0"},
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

TrainConfig read_train_config(const Settings& flags, const Command& command) {
  const std::string file = flags.text("config");
  const Settings settings = file.empty() ? flags : flags.over(read_config_file(file, command), command.ops);

  TrainConfig config;
  config.data = settings.required_text("data", "a .csv, .tsv or .npy file");
  config.out = settings.required_text("out", "a folder for the model");
  config.semantics = static_cast<Semantics>(settings.choice("semantics", {"keras", "torch", "sklearn"}));
  config.graph = graph_settings(settings, config.semantics);
  config.loss = loss_setting(settings, config.semantics);
  const OptimizerSetting optimizer = optimizer_setting(settings, config.semantics);
  config.optimizer = optimizer.rule;
  config.update = optimizer.update;
  if (settings.has("metrics")) config.metrics = metric_settings(settings);
  config.init = settings.text("init");
  if (config.init.empty() && config.graph.layers.empty())
    fail(ErrorKind::usage, settings.who, "no --layers, expected the network, as in --layers 25:sigmoid,1:sigmoid");
  if (config.init.empty() && config.loss.op.empty())
    fail(ErrorKind::usage, settings.who, "no --loss, expected what is minimised, as in --loss binary_crossentropy");

  config.target = settings.names("target");
  config.features = settings.names("features");
  config.ignore = settings.names("ignore");
  config.weight = settings.text("weight");
  if (settings.has("scale")) config.standardize = settings.choice("scale", {"standard", "none"}) == 0;
  config.validation = settings.fraction("validation", 0);
  config.split = static_cast<SplitKind>(settings.choice("split", {"last", "stratified"}));

  config.epochs = settings.integer("epochs", 1, 0);
  if (settings.has("batch")) config.batch = settings.integer("batch", 32, 1);
  config.seed = settings.integer("seed", 0, 0);
  config.threads = settings.threads();
  config.shuffle = settings.boolean("shuffle", true);
  config.resume = settings.boolean("resume", false);
  config.profile = settings.boolean("profile", false);
  config.json = settings.boolean("json", false);
  config.quiet = settings.boolean("quiet", false);
  const std::vector<std::string_view> libraries{"auto", "onednn", "openblas"};
  config.gemm = libraries[settings.choice("gemm", libraries)];
  return config;
}

}  // namespace millrace::cli
