// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/labels.hpp"

#include <cmath>
#include <vector>

#include "data/excerpt.hpp"
#include "millrace/losses.hpp"

namespace millrace::cli {

namespace {

constexpr const char* who = "target";

std::string label_of(const Dataset& data) {
  return data.target_names.empty() ? "the target" : "column " + excerpt(data.target_names[0]);
}

void number_classes(Dataset& data, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) data.classes.push_back(std::to_string(k));
}

// Targets [rows x classes] of zeros, with a one where the label says.
void one_hot(Dataset& data, std::int64_t classes) {
  const auto sparse = make_loss(SparseCategoricalCrossentropy{});
  Matrix targets(data.targets.rows, classes);
  for (std::int64_t r = 0; r < data.targets.rows; ++r) {
    const float label = *data.targets.row(r);
    if (const std::string problem = sparse->target_problem(label, classes); !problem.empty()) {
      fail(ErrorKind::data, who,
           label_of(data) + " of row " + std::to_string(r + 1) + " of " + data.source + " is " + problem);
    }
    targets.row(r)[static_cast<std::int64_t>(label)] = 1;
  }
  data.targets = targets.view();
  data.owners.push_back(targets.owner());
}

}  // namespace

// What the loss itself says is asked, so that a new one needs no line here.
TargetKind target_kind(const Loss& loss) {
  if (loss.target_problem(2.5F, 2).empty()) return TargetKind::numbers;
  if (loss.target_width(2) == 1) return TargetKind::classes;  // the index of one
  const auto row = [&](std::vector<double> output, std::vector<double> target) {
    return loss.reference(output, target);
  };
  const double together = row({0.6, 0.3}, {1, 0}), apart = (row({0.6}, {1}) + row({0.3}, {0})) / 2;
  return std::abs(together - apart) < 1e-9 ? TargetKind::answers : TargetKind::classes;
}

float answer_threshold(const Loss& loss) {
  const std::vector<double> zero{0}, no{0}, yes{1};
  return loss.reference(zero, no) == loss.reference(zero, yes) ? 0.0F : 0.5F;
}

void fit_targets(Dataset& data, const Loss& loss, const std::string& loss_name, std::int64_t outputs) {
  loss.check_outputs(outputs);
  if (data.targets.rows == 0 || data.targets.columns != 1) return;
  const auto count = static_cast<std::int64_t>(data.classes.size());
  const auto refuse = [&](const std::string& what) {
    fail(ErrorKind::usage, who,
         label_of(data) + " of " + data.source + " has " + std::to_string(count) +
             (count == 1 ? " class (" : " classes (") + some_names(data.classes) + "), " + what);
  };
  switch (target_kind(loss)) {
    case TargetKind::numbers:
      if (count > 0) refuse(loss_name + " takes numbers; expected a cross-entropy as the loss, or another target");
      return;
    case TargetKind::answers:
      if (count == 0 || loss.target_width(outputs) != 1) return;
      if (count != 2)
        refuse(loss_name + " with one output unit takes two; expected " + std::to_string(count) +
               " softmax units and sparse_categorical_crossentropy, or another target");
      return;
    case TargetKind::classes:
      if (count == 0)
        number_classes(data, outputs);
      else if (count != outputs)
        refuse("the model has " + std::to_string(outputs) + " output units; expected one unit a class");
      if (loss.target_width(outputs) == outputs) one_hot(data, outputs);
      return;
  }
}

}  // namespace millrace::cli
