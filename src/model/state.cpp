// SPDX-License-Identifier: Apache-2.0
#include "model/state.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string_view>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "model/input_columns.hpp"
#include "step/loss_inputs.hpp"
#include "table/checks.hpp"

namespace millrace {

void check_same_names(const std::vector<std::string>& given, const std::vector<std::string>& known, const char* what,
                      const char* who) {
  if (given.empty() || known.empty()) return;
  const auto [at, expected] = std::mismatch(given.begin(), given.end(), known.begin(), known.end());
  if (at == given.end() && expected == known.end()) return;
  const auto quoted = [](auto name, auto end) { return name == end ? "none" : "'" + *name + "'"; };
  fail(ErrorKind::usage, who,
       std::string(what) + " " + std::to_string(at - given.begin() + 1) + " is " + quoted(at, given.end()) +
           ", the model's is " + quoted(expected, known.end()) +
           ", expected the same names in the same order (set CsvOptions::features and classes), or no names");
}

namespace {

void check_distinct_names(const std::vector<std::string>& names) {
  std::set<std::string_view> seen;
  for (const std::string& name : names)
    if (!seen.insert(name).second)
      fail(ErrorKind::usage, "model", "two input columns are called " + excerpt(name) + ", expected names that differ");
}

}  // namespace

void Model::State::build(std::int64_t count, const std::vector<std::string>& names, std::uint64_t seed) {
  if (count < 1 || count > most_columns) {
    fail(ErrorKind::usage, "model",
         std::to_string(count) + " input columns, expected 1 to " + std::to_string(most_columns));
  }
  check_distinct_names(names);
  ModelCard next = card;
  if (!next.inputs.empty()) {
    next.columns.clear();
    next.network.inputs.clear();
    for (const GraphInput& input : next.inputs) {
      next.columns.push_back(columns_of(input, count, names));
      next.network.inputs.push_back({input.name, {std::ssize(next.columns.back())}});
    }
    next.feature_columns = count;
  } else if (count != next.feature_columns) {
    fail(ErrorKind::usage, "model",
         std::to_string(count) + " input columns, expected the " + std::to_string(next.feature_columns) +
             " columns of the saved model");
  }
  auto whole = std::make_unique<Network>(next.network);
  preparation.check_columns(count);
  next.network = whole->description();
  card = std::move(next);
  use(std::move(whole));
  store->initialize(seed);
}

void Model::State::use(std::unique_ptr<Network> built) {
  auto weights = std::make_unique<ParameterStore>(*built);
  forget_compiled();
  for (auto& predictor : predictors_) predictor.reset();
  store = std::move(weights);
  network = std::move(built);
  weights_are_lost = false;
  update_inputs();
}

void Model::State::unbuild() {
  forget_compiled();
  for (auto& predictor : predictors_) predictor.reset();
  store.reset();
  network.reset();
  inputs = {};
}

void Model::State::prepare_by(Preparation features, std::shared_ptr<const TargetScale> scale) {
  if (network) features.check_columns(card.feature_columns);
  preparation = std::move(features);
  if (card.target_scale != scale) {
    card.target_scale = std::move(scale);
    forget_compiled();
  }
  update_inputs();
}

void Model::State::update_inputs() {
  if (!network) return;
  std::vector<std::int64_t> columns;
  std::vector<bool> unscaled;
  bool categories = false;
  for (std::size_t i = 0; i < card.columns.size(); ++i) {
    columns.insert(columns.end(), card.columns[i].begin(), card.columns[i].end());
    unscaled.resize(columns.size(), network->categories(i) > 0);
    categories |= network->categories(i) > 0;
  }
  // Usually a single input takes all columns, and no columns need to be selected.
  const bool as_they_are = takes_all_columns(card) && (preparation.empty() || !categories);
  inputs = as_they_are ? preparation : preparation.select(columns, unscaled);
}

void Model::State::forget_compiled() {
  trainer.reset();
  for (auto& evaluator : evaluators_) evaluator.reset();
  objective_.reset();
}

const Network& Model::State::built(const char* who) const {
  if (!network) fail(ErrorKind::usage, who, "the model is not built, expected build(columns) or fit(data) first");
  return *network;
}

const Network& Model::State::with_weights(const char* who) const {
  const Network& whole = built(who);
  if (weights_are_lost) {
    fail(ErrorKind::usage, who,
         "the last run failed within a step and left no valid weights, expected build(), copy_weights() or a resumed "
         "fit() first; load_checkpoint() reads the last valid weights");
  }
  return whole;
}

int Model::State::parameter(const std::string& name, const char* who) const {
  std::vector<std::string_view> known;
  for (const NetworkParameter& parameter : built(who).parameters()) {
    if (parameter.name == name) return static_cast<int>(known.size());
    known.push_back(parameter.name);
  }
  fail(ErrorKind::usage, who, unknown_name("parameter", name, known));
}

std::shared_ptr<const Objective> Model::State::objective(const char* who) const {
  if (!card.compiled.has_loss())
    fail(ErrorKind::usage, who, "the model has no loss, expected compile({.loss = ...}) first");
  const Network& whole = built(who);
  const std::lock_guard lock(objective_mutex_);
  if (!objective_) objective_ = std::make_shared<const Objective>(whole, card.compiled, metric_view());
  return objective_;
}

Trainer& Model::State::compiled(const char* who) {
  static_cast<void>(objective(who));
  if (!trainer) trainer = std::make_unique<Trainer>(*network, *store, card.compiled, metric_view());
  return *trainer;
}

Predictor& Model::State::predictor(const Gate::Reading& seat) const {
  std::unique_ptr<Predictor>& own = predictors_[seat.index()];
  if (!own) own = std::make_unique<Predictor>(*network, *store, nullptr);
  return *own;
}

Predictor& Model::State::evaluator(const Gate::Reading& seat, const std::shared_ptr<const Objective>& objective) const {
  std::unique_ptr<Predictor>& own = evaluators_[seat.index()];
  if (!own) own = std::make_unique<Predictor>(*network, *store, objective);
  return *own;
}

void Model::State::check_features(const Dataset& data, const char* who) const {
  check_extents(data, who);
  if (data.features.columns != card.feature_columns) {
    fail(ErrorKind::usage, who,
         "data has " + std::to_string(data.features.columns) + " feature columns, expected " +
             std::to_string(card.feature_columns) + ", as the model has");
  }
  check_same_names(data.feature_names, card.feature_names, "column", who);
  check_same_names(data.classes, card.classes, "class", who);
  check_folds(data, *network, who);
  check_categories(data, card.columns, who);
}

void Model::State::check_categories(const Dataset& data, const std::vector<std::vector<std::int64_t>>& columns,
                                    const char* who) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::int64_t categories = network->categories(i);
    for (std::int64_t r = 0; categories > 0 && r < data.rows(); ++r) {
      for (const std::int64_t column : columns[i]) {
        const float value = data.features.row(data.table_row(r))[column];
        if (value >= 0 && value < static_cast<float>(categories) && value == std::floor(value)) continue;
        fail(ErrorKind::data, who,
             "column " + feature_name(data, column) + " of " + place_of_row(data, data.table_row(r)) + " is " +
                 number_text(value) + ", expected a category of input '" + card.network.inputs[i].name +
                 "', a whole number from 0 to " + std::to_string(categories - 1));
      }
    }
  }
}

namespace {

// Numbers that a table takes for classes, such as 1 to 5 stars, would be learned as their indices.
void refuse_indices(const Dataset& data, const char* who) {
  for (std::size_t k = 0; k < data.classes.size(); ++k) {
    const std::optional<double> number = parse_number(data.classes[k]);
    if (!number) return;
    if (*number == static_cast<double>(k)) continue;
    fail(ErrorKind::usage, who,
         (data.target_names.empty() ? "the target" : "column " + excerpt(data.target_names[0])) + " of " + data.source +
             " holds the classes " + some_names(data.classes) + ", and a loss of numbers would learn from " +
             std::to_string(k) + " in place of " + data.classes[k] +
             ", expected numbers: give the column the kind number where the table is read, or take a loss of classes");
  }
}

// Rows may be of fewer classes than the outputs tell apart; a name without an output would never be predicted.
void check_class_count(const Dataset& data, std::int64_t classes, const char* who) {
  if (std::ssize(data.classes) <= classes) return;
  fail(ErrorKind::usage, who,
       data.source + " names " + counted(data.classes.size(), "class", "classes") + ": " + some_names(data.classes) +
           ", and the model tells " + std::to_string(classes) + " apart, expected no more names than that");
}

}  // namespace

std::int64_t Model::State::class_count(const Objective& objective) const {
  if (!card.compiled.outputs.empty() || objective.loss->targets() == TargetKind::numbers) return 0;
  return network->output_width() == 1 ? 2 : network->output_width();
}

void Model::State::check_rows(const Dataset& data, const Objective& objective, const char* who) const {
  check_features(data, who);
  if (card.compiled.outputs.empty() && data.targets.columns == 1 && objective.loss->targets() == TargetKind::numbers)
    refuse_indices(data, who);
  if (const std::int64_t classes = class_count(objective); classes > 0) check_class_count(data, classes, who);
  check_data(data, who, network->output_width(), *objective.loss, objective.metrics);
}

Dataset Model::State::prepared(const Dataset& data, int threads) const {
  const Dataset scaled = with_scaled_targets(data);
  return inputs.empty() ? scaled : inputs.apply(scaled, threads);
}

Dataset Model::State::with_scaled_targets(const Dataset& data) const {
  return card.target_scale ? card.target_scale->scaled(data) : data;
}

const TablePreparation& Model::State::with_table(const char* who) const {
  if (card.table) return *card.table;
  fail(ErrorKind::usage, who, "the model takes no table, expected prepare(table) before the first fit");
}

}  // namespace millrace
