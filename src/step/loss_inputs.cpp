// SPDX-License-Identifier: Apache-2.0
#include "step/loss_inputs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "base/formatted.hpp"
#include "base/text.hpp"
#include "millrace/error.hpp"
#include "table/checks.hpp"

namespace millrace {

namespace {

void check_output(const Network& network, const NetworkOutput& output, const Loss& loss) {
  loss.check_outputs(output.width);
  const NetworkNode& last = network.nodes()[output.node];
  const std::string activation = last.layer->activation();
  if (activation.empty()) return;
  const auto refuse = [&](const std::string& text) { fail(ErrorKind::usage, last.name, activation + text); };
  if (output.width == 1 && activation.ends_with("softmax"))
    refuse(" of 1 output is the same for every row, expected sigmoid, or one output for each class");
  const ValueRange range = make_activation(activation, network.semantics())->range();
  const std::string wanted(loss.fused_activation());
  if (!wanted.empty() && range != ValueRange::probabilities) {
    refuse(std::string(range == ValueRange::logs_of_probabilities ? " gives logarithms of probabilities"
                                                                  : " gives any number") +
           ", but the loss takes probabilities, expected " + wanted + ", or the loss's from_logits=true");
  }
  if (loss.takes_logits() && range == ValueRange::probabilities)
    refuse(" gives probabilities, but the loss takes logits, expected linear, or the loss's from_logits=false");
}

void check_positive_output(const Network& network, const NetworkOutput& output, const Loss& loss) {
  if (!loss.needs_positive_outputs()) return;
  const NetworkNode& last = network.nodes()[output.node];
  const std::string activation = last.layer->activation();
  if (activation.empty()) return;
  const ValueRange range = make_activation(activation, network.semantics())->range();
  if (range != ValueRange::numbers && range != ValueRange::logs_of_probabilities) return;
  fail(ErrorKind::usage, last.name,
       activation +
           " gives predictions that can be negative, but the loss takes their logarithm, expected softplus or "
           "exponential");
}

// Calls check(network, output, loss) for each output that a loss judges.
template <class Check>
void for_each_output(const Network& network, const Loss& loss, const Check& check) {
  for (std::size_t i = 0; i < network.trained_outputs().size(); ++i)
    if (const Loss* const own = loss.of_output(i); own != nullptr) check(network, network.trained_outputs()[i], *own);
}

}  // namespace

void check_outputs(const Network& network, const Loss& loss) { for_each_output(network, loss, check_output); }

void check_positive_outputs(const Network& network, const Loss& loss) {
  for_each_output(network, loss, check_positive_output);
}

bool reach_every_number(const Network& network) {
  return std::ranges::all_of(network.trained_outputs(), [&](const NetworkOutput& output) {
    const std::string activation = network.nodes()[output.node].layer->activation();
    if (activation.empty()) return true;
    const auto function = make_activation(activation, network.semantics());
    return std::ranges::all_of(std::array{-1.0, 1.0}, [&](double sign) {
      constexpr double far = 1e6, least = 1e3;
      const double z = sign * far;
      double y = 0;
      function->reference({&z, 1}, {&y, 1});
      return sign * y > least;
    });
  });
}

namespace {

// A layer that several members share would learn from the rows that each of them holds out.
void check_members_apart(const Network& network, const char* who) {
  std::vector<char> taken(network.nodes().size(), 0);
  for (const NetworkOutput& member : network.trained_outputs()) {
    std::vector<char> own(network.value_count(), 0);
    own[network.input_count() + member.node] = 1;
    own = network.with_ancestors(std::move(own));
    for (std::size_t node = 0; node < taken.size(); ++node) {
      const NetworkNode& layer = network.nodes()[node];
      if (own[network.input_count() + node] == 0 || layer.parameters.empty() || !layer.trainable) continue;
      if (std::exchange(taken[node], 1) != 0)
        fail(ErrorKind::usage, who,
             "the rows have folds, and members of the ensemble share layer '" + layer.name +
                 "', which would learn from the rows that they hold out, expected layers of their own, as ensemble() "
                 "makes them");
    }
  }
}

}  // namespace

void check_folds(const Dataset& data, const Network& network, const char* who) {
  if (data.folds.empty()) return;
  if (!network.is_ensemble())
    fail(ErrorKind::usage, who, "the rows have folds, and the model is no ensemble, expected a model of ensemble()");
  if (std::ssize(data.folds) != data.features.rows)
    fail(ErrorKind::usage, who,
         std::to_string(data.folds.size()) + " folds for " + std::to_string(data.features.rows) +
             " rows, expected one for each");
  check_members_apart(network, who);
  const auto members = std::ssize(network.trained_outputs());
  const auto bad = std::ranges::find_if(data.folds, [&](std::uint8_t fold) { return fold >= members; });
  if (bad != data.folds.end())
    fail(ErrorKind::usage, who,
         "a fold is " + std::to_string(*bad) + ", expected a member of the ensemble, 0 to " +
             std::to_string(members - 1));
}

namespace {

// Whether a single target column may be the index of a class.
bool may_be_classes(const Dataset& data) {
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    const float value = *data.targets.row(data.table_row(r));
    if (value < 0 || value != std::floor(value)) return false;
  }
  return data.targets.columns == 1;
}

// What to type if the loss takes `width` target columns, and the data have others.
std::string way_out(const Loss& loss, const Dataset& data, std::int64_t width) {
  const std::int64_t columns = data.targets.columns;
  const std::string last = ": a last layer of " + counted(columns, "unit") + " predicts " + counted(columns, "number") +
                           ", --layers 64:relu," + std::to_string(columns);
  const std::string classes =
      "classes in one column take sparse_categorical_crossentropy, with a softmax unit for each class";
  if (loss.of_output(0) != &loss) return "";  // several outputs
  if (width == 1) return loss.targets() == TargetKind::numbers ? last : ": categorical_crossentropy takes one a class";
  if (loss.targets() == TargetKind::numbers) return last + (may_be_classes(data) ? "; " + classes : "");
  return columns == 1 ? ": " + classes + "; two classes take one unit" : "";
}

// What to do about a target that the loss does not take. `known`: if classes are counted in another way than from 0.
std::string remedy(const Dataset& data, std::int64_t column, float value, bool validates, const std::string& known) {
  if (known.empty() || !std::isfinite(value)) return "";
  // The training rows were taken, so their classes are counted as the loss counts them.
  if (validates) return ": no training row has that class";
  return has_target_0(data, column) ? "" : ": " + known;
}

}  // namespace

void check_data(const Dataset& data, const char* what, std::int64_t outputs, const Loss& loss,
                const MetricSet& metrics) {
  const std::int64_t width = loss.target_width(outputs);
  const bool validates = what == std::string_view("validation");
  if (data.targets.rows == 0)
    fail(ErrorKind::usage, what, "data has no target, expected " + std::to_string(width) + " target columns");
  if (data.targets.columns != width) {
    fail(ErrorKind::usage, what,
         "data has " + counted(data.targets.columns, "target column") + ", expected " + std::to_string(width) +
             (width == outputs ? ", one for each unit of the last layer" : " for this loss") +
             way_out(loss, data, width));
  }
  check_row_weights(data, what);
  check_finite_features(data, what);
  for (std::int64_t r = 0; r < data.rows(); ++r) {
    for (std::int64_t c = 0; c < width; ++c) {
      const float value = data.targets.row(data.table_row(r))[c];
      std::string problem = std::isfinite(value) ? loss.column_problem(c, value, outputs)
                                                 : number_text(value) + ", expected a finite number";
      if (!problem.empty()) problem += remedy(data, c, value, validates, loss.column_remedy(c, value, outputs));
      if (problem.empty()) problem = metrics.target_problem(c, value);
      if (!problem.empty()) {
        const std::string name = c < std::ssize(data.target_names) ? " '" + data.target_names[c] + "'" : "";
        fail(ErrorKind::data, what,
             "target" + name + " of " + place_of_row(data, data.table_row(r)) + " is " + problem);
      }
    }
  }
}

}  // namespace millrace
