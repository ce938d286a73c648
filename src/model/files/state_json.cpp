// SPDX-License-Identifier: Apache-2.0
#include "model/files/state_json.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "model/files/file_json.hpp"

namespace millrace {

namespace {

using nlohmann::json;

json to_json(const std::vector<NamedValue>& values) {
  json list = json::array();
  for (const auto& [name, value] : values) list.push_back({name, value});
  return list;
}

// JSON has no NaN: a metric without a value is null.
double number_from(const json& value) { return value.is_null() ? std::nan("") : value.get<double>(); }

std::vector<NamedValue> values_from(const json& list) {
  std::vector<NamedValue> values;
  for (const json& entry : list) values.push_back({entry.at(0).get<std::string>(), number_from(entry.at(1))});
  return values;
}

json to_json(const Evaluation& evaluation) {
  return {{"loss", evaluation.loss}, {"metrics", to_json(evaluation.metrics)}};
}

Evaluation evaluation_from(const json& entry) {
  return {number_from(entry.at("loss")), values_from(entry.at("metrics"))};
}

json to_json(const Epoch& epoch) {
  json entry{{"number", epoch.number},   {"epochs", epoch.epochs},
             {"loss", epoch.loss},       {"metrics", to_json(epoch.metrics)},
             {"seconds", epoch.seconds}, {"learning_rate", epoch.learning_rate},
             {"steps", epoch.steps}};
  if (epoch.validated) entry["validation"] = to_json(epoch.validation);
  if (epoch.training_evaluated) entry["training"] = to_json(epoch.training);
  return entry;
}

Epoch epoch_from(const json& entry) {
  Epoch epoch;
  epoch.number = whole_count(entry.at("number"));
  epoch.epochs = whole_count(entry.at("epochs"));
  epoch.loss = entry.at("loss").get<double>();
  epoch.metrics = values_from(entry.at("metrics"));
  epoch.seconds = entry.at("seconds").get<double>();
  epoch.learning_rate = entry.at("learning_rate").get<double>();
  if (entry.contains("steps")) epoch.steps = whole_count(entry.at("steps"));
  if (entry.contains("validation")) {
    epoch.validated = true;
    epoch.validation = evaluation_from(entry.at("validation"));
  }
  if (entry.contains("training")) {
    epoch.training_evaluated = true;
    epoch.training = evaluation_from(entry.at("training"));
  }
  return epoch;
}

}  // namespace

json run_to_json(const TrainingState& at, std::int64_t accumulated) {
  json callbacks = json::object();
  for (const auto& [name, state] : at.callbacks) callbacks[name] = state.numbers;
  json run{{"iteration", at.iteration},
           {"steps", at.steps},
           {"accumulated", accumulated},
           {"earlier_epochs", at.earlier_epochs},
           {"epoch", at.epoch},
           {"step", at.step},
           {"loss_sum", at.loss_sum},
           {"loss_weight", at.loss_weight},
           {"metric_sums", at.metric_sums},
           {"curvature_pairs", at.curvature_pairs},
           {"rate_scale", at.rate_scale},
           {"stopped", at.stopped},
           {"callbacks", callbacks},
           {"model_tensors", at.model_tensors}};
  if (at.learning_rate) run["learning_rate"] = *at.learning_rate;
  if (!at.changes.empty()) run["changes"] = at.changes;
  return run;
}

TrainingState run_from_json(const json& run) {
  TrainingState at{.iteration = whole_count(run.at("iteration")),
                   .steps = whole_count(run.at("steps")),
                   .earlier_epochs = whole_count(run.at("earlier_epochs")),
                   .epoch = whole_count(run.at("epoch")),
                   .step = whole_count(run.at("step")),
                   .loss_sum = run.at("loss_sum").get<double>(),
                   .loss_weight = run.at("loss_weight").get<double>(),
                   .metric_sums = run.at("metric_sums").get<std::vector<double>>(),
                   .kept = {},
                   .history = {},
                   .curvature_pairs = whole_count(run.at("curvature_pairs")),
                   .rate_scale = run.at("rate_scale").get<double>(),
                   .learning_rate = {},
                   .stopped = run.at("stopped").get<std::string>(),
                   .changes = run.value("changes", std::vector<std::string>()),
                   .callbacks = {},
                   .model_tensors = run.at("model_tensors").get<std::string>()};
  for (const auto& [name, numbers] : run.at("callbacks").items())
    at.callbacks[name].numbers = numbers.get<std::map<std::string, double>>();
  if (run.contains("learning_rate")) at.learning_rate = run.at("learning_rate").get<double>();
  return at;
}

json history_to_json(const std::vector<Epoch>& history) {
  json list = json::array();
  for (const Epoch& epoch : history) list.push_back(to_json(epoch));
  return list;
}

std::vector<Epoch> history_from_json(const json& history) {
  std::vector<Epoch> epochs;
  for (const json& entry : history) epochs.push_back(epoch_from(entry));
  return epochs;
}

std::string history_to_lines(const std::vector<Epoch>& history) {
  std::string lines;
  for (const Epoch& epoch : history) lines += to_json(epoch).dump() + "\n";
  return lines;
}

std::vector<Epoch> history_from_lines(std::string_view lines) {
  std::vector<Epoch> epochs;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    epochs.push_back(epoch_from(json::parse(lines.substr(0, end))));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return epochs;
}

}  // namespace millrace
