// SPDX-License-Identifier: Apache-2.0
#include "millrace/defaults.hpp"

#include <algorithm>
#include <memory>
#include <string>

#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "millrace/losses.hpp"
#include "model/last_layer.hpp"
#include "ops/layers/layer.hpp"
#include "ops/losses/loss.hpp"

namespace millrace {

namespace {

// Units of the first hidden layer; docs/tables.md has the measurements.
std::int64_t hidden_units(std::int64_t rows) {
  if (rows < 500) return 32;
  if (rows < 2000) return 64;
  if (rows < 50000) return 128;
  return 256;
}

bool one_unit_tells(const TrainingShape& shape) { return shape.classes == 2 && shape.targets == 1; }

// Logits, and margins, whose sign is the answer.
bool takes_every_number(const Loss& loss) {
  return loss.takes_logits() || (loss.targets() == TargetKind::labels && loss.threshold() == 0);
}

}  // namespace

std::vector<LayerConfig> default_layers(const TrainingShape& shape, const LossConfig& loss) {
  if (shape.task == Task::classification && shape.classes < 2) {
    fail(ErrorKind::usage, "defaults",
         counted(shape.classes, "class", "classes") + " in the target, expected two or more to tell apart");
  }
  const std::int64_t first = hidden_units(shape.rows);
  // As text, which leaves the initial weights to the semantics of the model.
  const auto dense = [](std::int64_t units, const std::string& activation) {
    return parse_layer(std::to_string(units) + activation);
  };
  std::vector<LayerConfig> layers{dense(first, ":relu"), dense(first / 2, ":relu")};
  const std::shared_ptr<const Loss> given = loss.op.empty() ? nullptr : make_loss(loss);
  if (shape.task == Task::regression)
    layers.push_back(dense(shape.targets, given != nullptr && given->needs_positive_outputs() ? ":exponential" : ""));
  else if (given != nullptr && takes_every_number(*given))
    layers.push_back(dense(one_unit_tells(shape) ? 1 : shape.classes, ""));
  else if (one_unit_tells(shape))
    layers.push_back(dense(1, ":sigmoid"));
  else
    layers.push_back(dense(shape.classes, ":softmax"));
  return layers;
}

LossConfig default_loss(const LayerConfig& last, const TrainingShape& shape) {
  if (shape.task == Task::regression) return MeanSquaredError{};
  const std::string activation = activation_of(last);
  const bool logits = activation == "linear";
  if (activation == "sigmoid" || (logits && one_unit_tells(shape))) return BinaryCrossentropy{.from_logits = logits};
  if (activation == "softmax" || logits) {
    if (shape.targets > 1) return CategoricalCrossentropy{.from_logits = logits};
    return SparseCategoricalCrossentropy{.from_logits = logits};
  }
  fail(ErrorKind::usage, "defaults",
       "the last layer ends in " + activation +
           ", and the target is classes: no loss follows, expected sigmoid, softmax or no activation, or --loss");
}

std::int64_t default_members(std::int64_t rows) {
  constexpr std::int64_t most_rows = 20000;  // docs/tables.md has the measurements
  return rows > most_rows ? 1 : 5;
}

std::int64_t default_batch(std::int64_t rows) { return std::clamp<std::int64_t>(rows / 64, 16, 256); }

}  // namespace millrace
