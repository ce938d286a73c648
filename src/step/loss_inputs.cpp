// SPDX-License-Identifier: Apache-2.0
#include "step/loss_inputs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/text.hpp"
#include "ops/activations/activation.hpp"
#include "table/checks.hpp"

namespace millrace {

namespace {

// Null: the layer of the output has none.
const Activation* activation_of(const Network& network, const NetworkOutput& output) {
  return network.nodes()[output.node].layer->activation();
}

void check_output(const Network& network, const NetworkOutput& output, const Loss& loss) {
  loss.check_outputs(output.width);
  const NetworkNode& last = network.nodes()[output.node];
  if (loss.targets() == TargetKind::classes && last.output.back() != output.width)
    fail(ErrorKind::usage, last.name,
         "the output has the shape " + shape_text(last.output) +
             ", and the loss takes the outputs of a row as one set of classes, expected flatten and a dense layer with "
             "a "
             "unit for each class, or a loss of every number such as binary_crossentropy with sigmoid");
  const Activation* const activation = activation_of(network, output);
  if (activation == nullptr) return;
  const auto refuse = [&](const std::string& text) { fail(ErrorKind::usage, last.name, activation->text() + text); };
  if (output.width == 1 && activation->normalizes_rows())
    refuse(" of 1 output is the same for every row, expected sigmoid, or one output for each class");
  const ValueRange range = activation->range();
  const std::string wanted(loss.fused_activation());
  if (!wanted.empty() && range != ValueRange::probabilities) {
    refuse(std::string(range == ValueRange::logs_of_probabilities ? " gives logarithms of probabilities"
                                                                  : " gives any number") +
           ", but the loss takes probabilities, expected " + wanted + ", or the loss's from_logits=true");
  }
  if (loss.takes_logits() && range == ValueRange::probabilities)
    refuse(" gives probabilities, but the loss takes logits, expected linear, or the loss's from_logits=false");
}

// The least and the greatest value of the layer of an output; infinite where it has no limit.
ValueLimits limits_of(const Network& network, const NetworkOutput& output) {
  const Activation* const activation = activation_of(network, output);
  return activation == nullptr ? ValueLimits{} : activation->limits();
}

void check_positive_output(const Network& network, const NetworkOutput& output, const Loss& loss) {
  if (!loss.needs_positive_outputs()) return;
  const Activation* const activation = activation_of(network, output);
  if (activation == nullptr || activation->limits().least >= 0) return;
  fail(ErrorKind::usage, network.nodes()[output.node].name,
       activation->text() +
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
    const ValueLimits limits = limits_of(network, output);
    return std::isinf(limits.least) && std::isinf(limits.most);
  });
}

namespace {

// "sigmoid gives numbers from 0 to 1", "relu gives no number below 0"
std::string text_of(const ValueLimits& limits) {
  const auto text = [](double value) { return number_text(static_cast<float>(value)); };
  if (std::isinf(limits.most)) return " gives no number below " + text(limits.least);
  if (std::isinf(limits.least)) return " gives no number above " + text(limits.most);
  return " gives numbers from " + text(limits.least) + " to " + text(limits.most);
}

// The target columns of an output.
struct TargetColumns {
  const Dataset& data;
  std::int64_t first, count;
  const std::string& called;  // in notes

  [[nodiscard]] std::span<const float> row(std::int64_t r) const {
    return {data.targets.row(data.table_row(r)) + first, static_cast<std::size_t>(count)};
  }
};

std::string note_unreachable(const Network& network, const NetworkOutput& output, const Loss& loss,
                             const TargetColumns& targets) {
  const ValueLimits limits = limits_of(network, output);
  if (std::isinf(limits.least) && std::isinf(limits.most)) return "";
  float least = std::numeric_limits<float>::infinity(), most = -least;
  for (std::int64_t r = 0; r < targets.data.rows(); ++r) {
    for (const float target : targets.row(r)) {
      least = std::min(least, target);
      most = std::max(most, target);
    }
  }
  constexpr double rounding = 1e-6;
  if (static_cast<double>(least) >= limits.least - rounding && static_cast<double>(most) <= limits.most + rounding)
    return "";
  const NetworkNode& last = network.nodes()[output.node];
  return "layer " + last.name + ": " + last.layer->activation()->text() + text_of(limits) + ", and the " +
         targets.called + " are from " + number_text(least) + " to " + number_text(most) +
         ", so it cannot learn all of them; a last layer that can: --layers 64:relu," + std::to_string(output.width) +
         (loss.needs_positive_outputs() ? ":exponential" : "");
}

// The sign of a margin or logit is the answer.
std::string note_missing_sign(const Network& network, const NetworkOutput& output, const Loss& loss) {
  if (loss.threshold() != 0 || limits_of(network, output).least < 0) return "";
  const NetworkNode& last = network.nodes()[output.node];
  return "layer " + last.name + ": " + last.layer->activation()->text() +
         " gives no negative numbers, and the loss takes a negative one as no, so every answer will be yes; a last "
         "layer "
         "with a sign: --layers 64:relu," +
         std::to_string(output.width);
}

// Classes exclude each other: one column is 1, or the columns add up to 1.
std::string note_shared_rows(const NetworkOutput& output, const TargetColumns& targets) {
  constexpr double rounding = 1e-3;
  std::int64_t rows = 0;
  for (std::int64_t r = 0; r < targets.data.rows(); ++r) {
    const auto row = targets.row(r);
    rows += std::abs(std::accumulate(row.begin(), row.end(), 0.0) - 1) > rounding ? 1 : 0;
  }
  if (rows == 0) return "";
  return counted(rows, "row is", "rows are") +
         " of several classes or of none, and the loss takes one class a row; as labels: --layers 64:relu," +
         std::to_string(output.width) + ":sigmoid --loss binary_crossentropy";
}

}  // namespace

std::vector<std::string> target_notes(const Network& network, const Loss& loss, const Dataset& data,
                                      const std::string& targets) {
  std::vector<std::string> notes;
  std::int64_t first = 0;  // target column of the output
  for (std::size_t i = 0; i < network.trained_outputs().size(); ++i) {
    const NetworkOutput& output = network.trained_outputs()[i];
    const Loss* const own = loss.of_output(i);
    if (own == nullptr) continue;
    const TargetColumns columns{data, first, own->target_width(output.width), targets};
    std::string note;
    if (own->targets() == TargetKind::numbers) note = note_unreachable(network, output, *own, columns);
    if (own->targets() == TargetKind::labels) note = note_missing_sign(network, output, *own);
    if (own->targets() == TargetKind::classes && columns.count > 1) note = note_shared_rows(output, columns);
    if (!note.empty()) notes.push_back(std::move(note));
    if (network.is_ensemble()) break;  // its members are equal and have the same targets
    first += columns.count;
  }
  return notes;
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
std::string way_out(const Loss& loss, const Dataset& data, std::int64_t width, std::string_view what) {
  const std::int64_t columns = data.targets.columns;
  // The layers of a model that is evaluated are what they are; its loss may be unknown to the file.
  if (what == "evaluate" && loss.of_output(0) == &loss)
    return may_be_classes(data) && width > 1
               ? ": classes in one column take --loss sparse_categorical_crossentropy, with "
                 ":from_logits=true if the network does not end in softmax"
               : ": --target names the columns";
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
    fail(ErrorKind::usage, what, "data has no target, expected " + counted(width, "target column"));
  if (data.targets.columns != width) {
    fail(ErrorKind::usage, what,
         "data has " + counted(data.targets.columns, "target column") + ", expected " + std::to_string(width) +
             (width == outputs ? ", one for each unit of the last layer" : " for this loss") +
             way_out(loss, data, width, what));
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
