// SPDX-License-Identifier: Apache-2.0
#include "model/state.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "millrace/error.hpp"
#include "model/input_columns.hpp"
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
           ", expected the same names in the same order (CsvOptions::features and classes read a table so), or none");
}

void Model::State::build(std::int64_t count, const std::vector<std::string>& names, std::uint64_t seed) {
  if (count < 1 || count > most_columns) {
    fail(ErrorKind::usage, "model",
         std::to_string(count) + " input columns, expected 1 to " + std::to_string(most_columns));
  }
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
             " that the model was read with");
  }
  auto whole = std::make_unique<Network>(next.network);
  whole->initialize(seed);
  trainer.reset();
  predictor.reset();
  network = std::move(whole);
  next.network = network->description();
  card = std::move(next);
}

void Model::State::check_features(const Dataset& data, const char* who) const {
  check_extents(data, who);
  if (data.features.columns != card.feature_columns) {
    fail(ErrorKind::usage, who,
         "data has " + std::to_string(data.features.columns) + " feature columns, expected the " +
             std::to_string(card.feature_columns) + " that the model takes");
  }
  check_same_names(data.feature_names, card.feature_names, "column", who);
  check_same_names(data.classes, card.classes, "class", who);
  for (std::size_t i = 0; i < card.columns.size(); ++i) {
    const std::int64_t categories = network->categories(i);
    for (std::int64_t r = 0; categories > 0 && r < data.rows(); ++r) {
      for (const std::int64_t column : card.columns[i]) {
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

Preparation Model::State::input_preparation() const {
  std::vector<std::int64_t> columns;
  std::vector<bool> unscaled;
  bool categories = false;
  for (std::size_t i = 0; i < card.columns.size(); ++i) {
    columns.insert(columns.end(), card.columns[i].begin(), card.columns[i].end());
    unscaled.resize(columns.size(), network->categories(i) > 0);
    categories |= network->categories(i) > 0;
  }
  // The usual case, one input of all columns, copies nothing that it need not.
  if (takes_all_columns(card) && (preparation.empty() || !categories)) return preparation;
  return preparation.select(columns, unscaled);
}

void Model::State::take_weights_of_run() const {
  if (trainer && trainer->running()) trainer->compiled().save_weights();
}

void Model::State::refuse_in_run(const char* who) const {
  if (trainer && trainer->running())
    fail(ErrorKind::usage, who,
         "the model is being trained, expected a callback to look at it only: evaluate, predict, parameters, export");
}

Network& Model::State::built(const char* who) {
  if (!network)
    fail(ErrorKind::usage, who, "the model has no input width yet, expected build(inputs) or fit(data) before");
  return *network;
}

Trainer& Model::State::compiled(const char* who) {
  if (card.compiled.loss.op.empty())
    fail(ErrorKind::usage, who, "the model has no loss, expected compile({.loss = ...}) before");
  if (!trainer) trainer = std::make_unique<Trainer>(built(who), card.compiled);
  return *trainer;
}

Dataset Model::State::prepared(const Dataset& data) const {
  const Preparation inputs = input_preparation();
  return inputs.empty() ? data : inputs.apply(data);
}

}  // namespace millrace
