// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/labels.hpp"

#include <algorithm>
#include <vector>

#include "base/names.hpp"
#include "millrace/losses.hpp"
#include "table/excerpt.hpp"

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

void fit_targets(Dataset& data, const Loss& loss, const std::string& loss_name, std::int64_t outputs) {
  loss.check_outputs(outputs);
  if (data.targets.rows == 0 || data.targets.columns != 1) return;
  const auto count = static_cast<std::int64_t>(data.classes.size());
  const auto refuse = [&](const std::string& what) {
    fail(ErrorKind::usage, who,
         label_of(data) + " of " + data.source + " has " + std::to_string(count) +
             (count == 1 ? " class (" : " classes (") + some_names(data.classes) + "), " + what);
  };
  const TargetKind kind = loss.targets();
  if (count == 1 && kind != TargetKind::numbers) refuse("and nothing to tell apart; expected rows of a second class");
  switch (kind) {
    case TargetKind::numbers:
      if (count > 0) refuse(loss_name + " takes numbers; expected a cross-entropy as the loss, or another target");
      return;
    case TargetKind::labels:
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

std::vector<double> class_weights(const std::map<std::string, double>& given, const Dataset& data, const Loss& loss,
                                  const std::string& loss_name) {
  if (loss.targets() == TargetKind::numbers) {
    fail(ErrorKind::usage, "class_weight",
         loss_name + " takes numbers, which have no classes; expected a cross-entropy as the loss, or --sample-weight");
  }
  std::vector<std::string> names = data.classes;
  // Labels without names are 0, 1, 2 .., as many as there are columns or, in one column, as the largest says.
  float largest = static_cast<float>(std::max<std::int64_t>(2, data.targets.columns) - 1);
  for (std::int64_t r = 0; r < data.rows() && data.targets.columns == 1; ++r)
    largest = std::max(largest, *data.targets.row(data.table_row(r)));
  for (std::int64_t k = 0; data.classes.empty() && static_cast<float>(k) <= largest; ++k)
    names.push_back(std::to_string(k));
  for (const auto& [name, unused] : given) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      fail(ErrorKind::usage, "class_weight", unknown_name("class", name, {names.begin(), names.end()}));
  }
  std::vector<double> weights;
  for (const std::string& name : names) {
    const auto at = given.find(name);
    weights.push_back(at == given.end() ? 1 : at->second);
  }
  return weights;
}

}  // namespace millrace::cli
