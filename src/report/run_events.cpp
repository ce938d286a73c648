// SPDX-License-Identifier: Apache-2.0
#include "report/run_events.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"
#include "report/measure/answers.hpp"
#include "run/callbacks/event_file.hpp"

namespace millrace::report {

namespace {

constexpr std::int64_t thresholds = 201;
constexpr std::size_t most_classes = 20;

// A value of google.protobuf.Value: 2 number, 3 string, 4 bool.
WireMessage value_of(const std::string& text) {
  WireMessage value;
  if (text == "true" || text == "false") return value.whole(4, text == "true" ? 1 : 0);
  if (const std::optional<double> number = parse_number(text); number && std::isfinite(*number))
    return value.number(2, *number);
  return value.text(3, text);
}

// A tensor without numbers; all is in the metadata. data: field `field` of the plugin's message.
TensorValue hparams_value(const std::string& tag, std::uint32_t field, const WireMessage& data) {
  TensorValue value{.tag = "_hparams_/" + tag, .plugin = "hparams", .shape = {0}, .as_float = true};
  value.content.message(field, data);
  return value;
}

TensorValue session_start(const RunEvents& events) {
  WireMessage start;
  for (const Fact& setting : events.settings)
    start.message(1, WireMessage().text(1, setting.name).message(2, value_of(setting.text)));
  return hparams_value("session_start_info", 3, start.number(5, events.began));
}

TensorValue session_end(const RunEvents& events) {
  constexpr std::uint64_t success = 1;
  return hparams_value("session_end_info", 4, WireMessage().whole(1, success).number(2, events.ended));
}

// Rows as: true positives, false positives, true negatives, false negatives, precision, recall, by threshold from 0 to 1.
TensorValue curve_value(const std::string& tag, const Answers& answers, std::int64_t positive, std::int64_t column) {
  std::array<std::vector<double>, 2> above;  // weights of negative and positive rows, by threshold
  for (std::vector<double>& weights : above) weights.assign(thresholds, 0);
  for (std::int64_t r = 0; r < answers.scores.rows(); ++r) {
    if (!answers.is_finite(r)) continue;
    const double score = std::clamp(double{answers.scores.row(r)[column]}, 0.0, 1.0);
    const auto bin = static_cast<std::size_t>(score * double{thresholds - 1});
    above[answers.actual[r] == positive ? 1 : 0][bin] += answers.weight(r);
  }
  for (std::vector<double>& weights : above) {
    for (std::size_t i = thresholds - 1; i-- > 0;) weights[i] += weights[i + 1];
  }
  const auto &alarms = above[0], &hits = above[1];
  TensorValue value{.tag = tag, .plugin = "pr_curves", .shape = {6, thresholds}, .as_float = true};
  value.content.whole(2, thresholds);
  const auto add = [&](const auto& number) {
    for (std::size_t i = 0; i < thresholds; ++i) value.numbers.push_back(number(i));
  };
  constexpr double least = 1e-7;
  add([&](std::size_t i) { return hits[i]; });
  add([&](std::size_t i) { return alarms[i]; });
  add([&](std::size_t i) { return alarms[0] - alarms[i]; });
  add([&](std::size_t i) { return hits[0] - hits[i]; });
  add([&](std::size_t i) { return hits[i] / std::max(least, hits[i] + alarms[i]); });
  add([&](std::size_t i) { return hits[i] / std::max(least, hits[0]); });
  return value;
}

void add_curves(const Model& model, const RunEvents& events, StepEvent& event) {
  const Answers answers = answers_of(model, *events.rows, events.threads);
  if (!answers.answer.is_class() || !are_probabilities(answers)) return;
  const std::vector<std::string>& classes = answers.answer.classes;
  const bool either = answers.answer.kind == Answer::Kind::either;
  for (std::size_t k = classes.size() == 2 ? 1 : 0; k < std::min(classes.size(), most_classes); ++k) {
    const auto column = static_cast<std::int64_t>(either ? 0 : k);
    event.tensors.push_back(curve_value("pr_curve/" + classes[k], answers, static_cast<std::int64_t>(k), column));
  }
}

}  // namespace

void write_run_events(const std::string& folder, const Model& model, const RunEvents& events) {
  EventFile file(folder);
  file.add({.step = 0, .time = events.began, .values = {}, .tensors = {session_start(events)}});
  StepEvent curves{.step = events.epoch, .time = events.ended, .values = {}};
  if (events.rows != nullptr) add_curves(model, events, curves);
  if (!curves.tensors.empty()) file.add(curves);
  file.add({.step = 0, .time = events.ended, .values = {}, .tensors = {session_end(events)}});
  file.write();
}

}  // namespace millrace::report
