// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/trained_model.hpp"

#include <algorithm>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "cli/commands/threshold.hpp"
#include "cli/screen/console.hpp"
#include "cli/settings/op_settings.hpp"
#include "millrace/targets.hpp"
#include "ops/metrics/metric.hpp"

namespace millrace::cli {

MetricConfig default_metric(const LossConfig& loss, std::int64_t outputs, Semantics semantics) {
  const TargetKind kind = target_kind(loss);
  if (kind == TargetKind::numbers) return semantics == Semantics::sklearn ? "r2" : "mean_absolute_error";
  // "accuracy" of several outputs would look for the largest, as Keras's does, though each is an answer by itself.
  if (kind != TargetKind::labels || outputs == 1) return "accuracy";
  return semantics == Semantics::sklearn ? "subset_accuracy" : "binary_accuracy";
}

void choose_loss(Model& model, const Settings& settings) {
  if (!settings.has("loss")) return;
  CompileOptions compiled = model.compiled();
  compiled.loss = loss_setting(settings, Semantics::keras);
  if (!settings.has("metrics"))
    compiled.metrics = {default_metric(compiled.loss, model.output_width(), Semantics::keras)};
  model.compile(compiled);
}

namespace {

// Which tensor of a weights file went where, and what kept its initial values.
void note_loaded(const std::vector<LoadedWeight>& loaded, const Model& model, const TrainConfig& config) {
  if (config.quiet) return;
  std::string text;
  for (const Parameter& parameter : model.parameters()) {
    const auto at = std::ranges::find(loaded, parameter.name, &LoadedWeight::parameter);
    text += "  " + parameter.name + " = " +
            (at == loaded.end() ? "initial values"
                                : at->tensor + (at->transposed ? ", transposed" : "") +
                                      (at->reordered ? ", from channels first to channels last" : "")) +
            "\n";
  }
  note("[train] weights from " + config.init + ":\n" + text.substr(0, text.size() - 1));
}

Graph graph_of(const TrainConfig& config, const Model* start) {
  return config.graph.layers.empty() ? start->graph() : ensemble(config.graph, config.members.value_or(1));
}

// "dense_1" of "dense_1/kernel".
std::string layer_of(const Parameter& parameter) { return parameter.name.substr(0, parameter.name.rfind('/')); }

// Gives the layers that `start` has too, by name and with the same shapes, its weights. The others stay as drawn.
void take_weights_of(const Model& start, const std::string& path, Model& model) {
  const std::vector<Parameter> known = start.parameters(), wanted = model.parameters();
  const auto same_shape = [](const Parameter& a, const Parameter& b) { return a.shape == b.shape; };
  if (std::equal(known.begin(), known.end(), wanted.begin(), wanted.end(), same_shape))
    return model.copy_weights(start);
  std::vector<std::string> layers, fresh;
  for (const Parameter& parameter : wanted) {
    const bool fits = std::any_of(known.begin(), known.end(), [&](const Parameter& other) {
      return other.name == parameter.name && other.shape == parameter.shape;
    });
    const std::string layer = layer_of(parameter);
    if (layers.empty() || layers.back() != layer) layers.push_back(layer);
    if (!fits && (fresh.empty() || fresh.back() != layer)) fresh.push_back(layer);
  }
  if (fresh.size() == layers.size())
    fail(ErrorKind::usage, "train",
         "no layer of --layers has the name and the shapes of a layer in " + path +
             ", expected some: millrace inspect lists them");
  for (const Parameter& parameter : wanted) {
    if (std::find(fresh.begin(), fresh.end(), layer_of(parameter)) == fresh.end())
      model.set_weights(parameter.name, start.weights(parameter.name));
  }
  if (!fresh.empty())
    note("[train] layers that begin anew, because " + path + " has none like them: " + some_names(fresh));
}

// The loss of an output takes the columns of its target, and their classes.
void check_target(const OutputSetting& setting, const ModelOutput& output, const std::vector<std::string>& classes) {
  const std::int64_t columns = std::ssize(setting.target), wanted = target_width(setting.loss, output.width);
  const std::string who = "outputs." + setting.name, of = setting.loss.op + " of " + counted(output.width, "unit");
  if (columns != wanted)
    fail(ErrorKind::usage, who,
         "the target has " + counted(columns, "column") + ", " + of + " takes " + std::to_string(wanted) +
             ", expected as many" +
             (columns == 1 && target_kind(setting.loss) == TargetKind::classes
                  ? ": sparse_categorical_crossentropy takes one column of classes"
                  : ""));
  const auto count = std::ssize(classes), units = std::max<std::int64_t>(output.width, 2);
  if (count > 0 && count != units)
    fail(ErrorKind::usage, who,
         "column '" + setting.target[0] + "' has " + std::to_string(count) + " classes (" + some_names(classes) +
             "), " + of + " tells " + std::to_string(units) + " apart, expected as many units as classes");
}

// Outputs of a model with several have no threshold of their own, which metrics could use (count_answers()).
MetricConfig default_metric_of(const OutputSetting& output, std::int64_t width, Semantics semantics) {
  const MetricConfig metric = default_metric(output.loss, width, semantics);
  const double threshold = class_threshold(output.loss);
  constexpr double of_metrics = 0.5;
  const bool decides = target_kind(output.loss) != TargetKind::numbers;
  return decides && threshold != of_metrics ? at_threshold(metric, threshold, width) : metric;
}

// The losses and metrics of several outputs.
std::vector<OutputOptions> compiled_outputs(const Model& model, const TrainConfig& config,
                                            const std::vector<std::vector<std::string>>& classes) {
  std::vector<OutputOptions> options;
  std::size_t column = 0;
  for (const ModelOutput& output : model.outputs()) {
    const auto own = std::ranges::find(config.outputs, output.name, &OutputSetting::name);
    if (own == config.outputs.end() || own->target.empty()) continue;
    check_target(*own, output, column < classes.size() ? classes[column] : std::vector<std::string>());
    column += own->target.size();
    options.push_back({.output = own->name, .loss = own->loss, .weight = own->weight});
    options.back().metrics =
        own->metrics ? *own->metrics : std::vector{default_metric_of(*own, output.width, config.semantics)};
  }
  return options;
}

}  // namespace

// A model with several outputs goes on with their losses and targets.
void take_outputs(TrainConfig& config, const Model& start) {
  const CompileOptions compiled = start.compiled();
  if (compiled.outputs.empty()) return;
  if (!config.loss.op.empty() || !config.target.empty() || config.metrics)
    fail(ErrorKind::usage, "train",
         config.init + " has the outputs " + some_names(start.graph().outputs) +
             ", expected no --target, --loss and --metrics; [outputs.NAME] beside [[layers]] changes them");
  const std::vector<std::string> targets = start.target_names();
  const std::vector<std::vector<std::string>> classes = start.target_classes();
  std::size_t column = 0;
  for (const ModelOutput& output : start.outputs()) {
    OutputSetting& setting = config.outputs.emplace_back(OutputSetting{.name = output.name});
    const auto own = std::ranges::find(compiled.outputs, output.name, &OutputOptions::output);
    if (own == compiled.outputs.end() || own->loss.op.empty()) continue;
    setting.loss = own->loss;
    setting.weight = own->weight;
    setting.metrics = own->metrics;
    const auto width = static_cast<std::size_t>(target_width(own->loss, output.width));
    for (std::size_t i = column; i < column + width && i < targets.size(); ++i) setting.target.push_back(targets[i]);
    if (width == 1 && column < classes.size()) setting.classes = classes[column];
    config.target.insert(config.target.end(), setting.target.begin(), setting.target.end());
    column += width;
  }
}

Model make_model(const TrainConfig& config, const Model* start) {
  if (start != nullptr && config.graph.layers.empty() && !start->table_columns().empty()) return start->clone();
  return Model(graph_of(config, start), config.semantics);
}

void take_weights(Model& model, const TrainConfig& config, const Model* start) {
  if (start != nullptr)
    take_weights_of(*start, config.init, model);
  else if (!config.init.empty())
    note_loaded(model.load_weights(config.init), model, config);
}

void freeze(Model& model, const TrainConfig& config) {
  if (config.freeze) return model.freeze(*config.freeze);
  std::vector<std::string> frozen;
  for (const GraphLayer& layer : model.graph().layers) {
    if (!layer.trainable) frozen.push_back(layer.name);
  }
  if (!frozen.empty() && !config.quiet)
    note("[train] layers that stay as they are, as in " + config.init + ": " + some_names(frozen) +
         "; --freeze none trains all layers");
}
void compile(Model& model, const TrainConfig& config, const TrainingRows& rows, const Model* start) {
  CompileOptions options{
      .optimizer = config.optimizer, .update = config.update, .schedule = config.schedule, .pace = config.pace};
  if (config.outputs.empty()) {
    options.loss = config.loss;
    options.metrics = config.metrics ? *config.metrics
                                     : std::vector{default_metric(config.loss, model.output_width(), config.semantics)};
  } else {
    options.outputs = compiled_outputs(model, config, rows.target_classes());
  }
  model.compile(options);
  if (!config.outputs.empty() && !rows.target_classes().empty()) model.set_target_classes(rows.target_classes());
  if (config.threshold) {
    check_threshold("train", *config.threshold, model);
    model.set_threshold(*config.threshold);
  } else if (start != nullptr && start->compiled().loss == model.compiled().loss &&
             start->threshold() != model.threshold()) {
    model.set_threshold(start->threshold());
  }
  count_answers(model);
}

}  // namespace millrace::cli
