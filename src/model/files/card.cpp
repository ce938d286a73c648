// SPDX-License-Identifier: Apache-2.0
#include "model/files/card.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "millrace/catalogue.hpp"
#include "millrace/words.hpp"
#include "model/files/file_json.hpp"
#include "model/files/op_json.hpp"
#include "model/files/preparation_json.hpp"
#include "ops/losses/loss.hpp"
#include "ops/metrics/metric.hpp"
#include "ops/optimizers/optimizer.hpp"
#include "ops/schedules/schedule.hpp"
#include "step/updater.hpp"

namespace millrace {

namespace {

using nlohmann::json;

template <OptionStruct Options>
Options checked_options(const json& from, const std::string& who) {
  const OpConfig config = op_from_json(from);
  try {
    return options_from<Options>(config);
  } catch (const Error& error) {
    fail(ErrorKind::data, who, std::string("the description of the model is damaged: ") + error.what());
  }
}

// Files may come from anywhere, and columns of the card are used as indices into rows without further checks.
void check_column_count(std::int64_t count, const std::string& who, std::int64_t most) {
  if (count >= 1 && count <= most) return;
  fail(ErrorKind::data, who,
       "the data is said to have " + std::to_string(count) + " feature columns, expected 1 to " + std::to_string(most) +
           (most < most_columns ? ", as the file has few numbers" : ""));
}

void check_columns(const ModelCard& card, const std::string& who, std::int64_t most) {
  check_column_count(card.feature_columns, who, most);
  for (std::size_t i = 0; i < card.columns.size(); ++i) {
    const NetworkInput& input = card.network.inputs[i];
    bool good = std::ssize(card.columns[i]) == element_count(input.shape);
    for (const std::int64_t column : card.columns[i]) good = good && column >= 0 && column < card.feature_columns;
    if (!good)
      fail(ErrorKind::data, who,
           "the columns of input '" + input.name + "' do not fit, expected as many as its shape " +
               shape_text(input.shape) + " has, of the " + counted(card.feature_columns, "column") + " of the data");
  }
}

void read_table_preparation(const json& from, ModelCard& card, const std::string& who) {
  card.table = std::make_shared<const TablePreparation>(preparation_from_json(from));
  if (card.table->width() == card.feature_columns) return;
  fail(ErrorKind::data, who,
       "the table is prepared to " + counted(card.table->width(), "column") + ", expected the " +
           std::to_string(card.feature_columns) + " that the model takes");
}

// JSON, ONNX and messages are UTF-8. In the message, other bytes become '?'. Names of a data set are checked when the
// model first sees it.
void check_name(const std::string& what, const std::string& name) {
  if (is_utf8(name)) return;
  std::string shown = name;
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) > 0x7E) c = '?';
  }
  fail(ErrorKind::usage, "model", what + " '" + shown + "' is not UTF-8 text, expected names in UTF-8");
}

void check_names(const ModelCard& card) {
  for (const NetworkInput& input : card.network.inputs) check_name("the name of input", input.name);
  for (const GraphLayer& layer : card.network.layers) check_name("the name of layer", layer.name);
}

Semantics semantics_from(const std::string& name, const std::string& who) {
  if (const auto semantics = value_of_word<Semantics>(semantics_words, name)) return *semantics;
  fail(ErrorKind::data, who,
       "the description of the model is damaged: " +
           unknown_name("semantics", name, {semantics_words.begin(), semantics_words.end()}));
}

void check_output_losses(const std::vector<OutputOptions>& outputs, Semantics semantics) {
  bool has_loss = outputs.empty();
  for (const OutputOptions& output : outputs) {
    if (!(output.weight > 0) || !std::isfinite(output.weight))
      fail(ErrorKind::usage, output.output,
           "the weight of its loss is " + number_text(output.weight) + ", expected a number above 0");
    for (const MetricConfig& metric : output.metrics) static_cast<void>(make_metric(metric));
    if (output.loss.op.empty()) continue;
    static_cast<void>(make_loss(output.loss, semantics));
    has_loss = true;
  }
  if (!has_loss) fail(ErrorKind::usage, "compile", "no output has a loss, expected one or more");
}

json outputs_to_json(const std::vector<OutputOptions>& outputs) {
  json list = json::array();
  for (const OutputOptions& output : outputs) {
    list.push_back({{"output", output.output}, {"weight", output.weight}, {"metrics", metric_names(output.metrics)}});
    if (!output.loss.op.empty()) list.back()["loss"] = op_to_json(output.loss);
  }
  return list;
}

std::vector<OutputOptions> outputs_from_json(const json& list) {
  std::vector<OutputOptions> outputs;
  for (const json& from : list) {
    OutputOptions& output = outputs.emplace_back();
    output.output = from.at("output").get<std::string>();
    output.weight = from.at("weight").get<double>();
    for (const json& metric : from.at("metrics")) output.metrics.emplace_back(metric.get<std::string>());
    if (from.contains("loss")) output.loss = LossConfig(op_from_json(from.at("loss")));
  }
  return outputs;
}

}  // namespace

void check_compiled(const CompileOptions& options, Semantics semantics) {
  if (!options.has_loss())
    fail(ErrorKind::usage, "compile",
         "no loss is given, expected one, such as .loss = \"mse\", or outputs with losses");
  if (options.outputs.empty()) {
    static_cast<void>(make_loss(options.loss, semantics));
  } else if (!options.loss.op.empty() || !options.metrics.empty()) {
    fail(ErrorKind::usage, "compile",
         "both a loss or metrics and outputs with their own are given, expected one of them");
  }
  check_output_losses(options.outputs, semantics);
  static_cast<void>(make_optimizer(options.optimizer, semantics));
  check_update(options_from<UpdateOptions>(options.update));
  const auto pace = options_from<PaceOptions>(options.pace);  // checks the ranges
  static_cast<void>(make_schedule(options.schedule, pace, {.semantics = semantics}));
  for (const MetricConfig& metric : options.metrics) static_cast<void>(make_metric(metric));
}

bool takes_all_columns(const ModelCard& card) {
  std::int64_t next = 0;
  for (const auto& columns : card.columns) {
    for (const std::int64_t column : columns) {
      if (column != next++) return false;
    }
  }
  return next == card.feature_columns;
}

std::string card_to_json(const ModelCard& card) {
  check_names(card);
  json inputs = json::array(), layers = json::array();
  const bool takes_all = takes_all_columns(card);
  for (std::size_t i = 0; i < card.network.inputs.size(); ++i) {
    inputs.push_back({{"name", card.network.inputs[i].name}, {"shape", card.network.inputs[i].shape}});
    if (!takes_all) inputs.back()["columns"] = card.columns.at(i);
  }
  for (const GraphLayer& from : card.network.layers) {
    json layer = op_to_json(from.layer);
    layer["name"] = from.name;
    layer["inputs"] = from.inputs;
    if (!from.trainable) layer["trainable"] = false;
    layers.push_back(std::move(layer));
  }
  json all{{"inputs", inputs},
           {"feature_columns", card.feature_columns},
           {"layers", layers},
           {"semantics", semantics_words.at(static_cast<std::size_t>(card.network.semantics))},
           {"optimizer", op_to_json(card.compiled.optimizer)},
           {"update", op_to_json(card.compiled.update)},
           {"schedule", op_to_json(card.compiled.schedule)},
           {"pace", op_to_json(card.compiled.pace)},
           {"loss", op_to_json(card.compiled.loss)},
           {"metrics", metric_names(card.compiled.metrics)},
           {"features", card.feature_names},
           {"targets", card.target_names},
           {"classes", card.classes}};
  if (card.table) all["table"] = preparation_to_json(*card.table);
  if (card.target_scale) all["target_scale"] = target_scale_to_json(*card.target_scale);
  if (!card.compiled.weighted_metrics) all["weighted_metrics"] = false;
  if (card.threshold) all["threshold"] = *card.threshold;
  if (!card.network.outputs.empty()) all["outputs"] = card.network.outputs;
  if (!card.compiled.outputs.empty()) all["losses"] = outputs_to_json(card.compiled.outputs);
  if (!card.target_classes.empty()) all["target_classes"] = card.target_classes;
  return all.dump();
}

std::int64_t columns_for(std::int64_t numbers) {
  constexpr std::int64_t always = 1'000'000;
  return std::clamp(numbers, always, most_columns);
}

namespace {

ModelCard card_of(const json& from, const std::string& who, std::int64_t most) {
  ModelCard card;
  for (const json& input : from.at("inputs")) {
    card.network.inputs.push_back({input.at("name").get<std::string>(), whole_numbers(input.at("shape"))});
    std::vector<std::int64_t>& columns = card.columns.emplace_back();
    if (input.contains("columns")) {
      columns = whole_numbers(input.at("columns"));
      continue;
    }
    const std::int64_t count = element_count(card.network.inputs.back().shape);
    check_column_count(count, who, most);
    check_column_count(card.feature_columns + count, who, most);
    for (std::int64_t c = 0; c < count; ++c) columns.push_back(card.feature_columns++);
  }
  if (from.contains("feature_columns")) card.feature_columns = whole_number(from.at("feature_columns"));
  check_columns(card, who, most);
  for (const json& layer : from.at("layers")) {
    card.network.layers.push_back({layer.at("name").get<std::string>(), LayerConfig(op_from_json(layer)),
                                   layer.at("inputs").get<std::vector<std::string>>(), layer.value("trainable", true)});
  }
  card.network.semantics = semantics_from(from.at("semantics").get<std::string>(), who);
  card.compiled.optimizer = OptimizerConfig(op_from_json(from.at("optimizer")));
  card.compiled.update = checked_options<UpdateOptions>(from.at("update"), who);
  // Older files have no schedule.
  if (from.contains("schedule")) {
    card.compiled.schedule = ScheduleConfig(op_from_json(from.at("schedule")));
    card.compiled.pace = checked_options<PaceOptions>(from.at("pace"), who);
  }
  card.compiled.loss = LossConfig(op_from_json(from.at("loss")));
  for (const json& metric : from.at("metrics")) card.compiled.metrics.emplace_back(metric.get<std::string>());
  card.compiled.weighted_metrics = from.value("weighted_metrics", true);
  card.feature_names = from.at("features").get<std::vector<std::string>>();
  card.target_names = from.at("targets").get<std::vector<std::string>>();
  card.classes = from.at("classes").get<std::vector<std::string>>();
  if (from.contains("table")) read_table_preparation(from.at("table"), card, who);
  if (from.contains("target_scale"))
    card.target_scale = std::make_shared<const TargetScale>(target_scale_from_json(from.at("target_scale")));
  if (from.contains("outputs")) card.network.outputs = from.at("outputs").get<std::vector<std::string>>();
  if (from.contains("losses")) card.compiled.outputs = outputs_from_json(from.at("losses"));
  if (from.contains("target_classes"))
    card.target_classes = from.at("target_classes").get<std::vector<std::vector<std::string>>>();
  if (from.contains("threshold")) card.threshold = from.at("threshold").get<double>();
  return card;
}

}  // namespace

ModelCard card_from_json(const std::string& text, const std::string& who, std::int64_t most) {
  try {
    return read_written(who, "the description of the model", [&] { return card_of(json::parse(text), who, most); });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::data) throw;
    fail(ErrorKind::data, who, std::string("the description of the model is damaged: ") + error.what());
  }
}

std::unique_ptr<Network> network_of_file(const std::string& path, const ModelCard& card, std::int64_t numbers) {
  try {
    const CompileOptions& options = card.compiled;
    if (options.has_loss()) check_compiled(options, card.network.semantics);
    auto network = std::make_unique<Network>(card.network, numbers);
    if (card.target_scale) card.target_scale->check_outputs(network->output_width());
    return network;
  } catch (const Error& error) {
    fail(ErrorKind::data, path, std::string("the description of the model is damaged: ") + error.what());
  }
}

}  // namespace millrace
