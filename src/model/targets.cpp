// SPDX-License-Identifier: Apache-2.0
#include "millrace/targets.hpp"

#include <algorithm>
#include <memory>

#include "base/excerpt.hpp"
#include "base/fail.hpp"
#include "base/formatted.hpp"
#include "base/names.hpp"
#include "ops/losses/loss.hpp"
#include "table/checks.hpp"
#include "table/target.hpp"

namespace millrace {

namespace {

constexpr const char* who = "target";

std::shared_ptr<const Loss> loss_of(const Model& model) {
  const LossConfig loss = model.compiled().loss;
  if (loss.op.empty()) fail(ErrorKind::usage, who, "the model has no loss, expected compile({.loss = ...}) first");
  return make_loss(loss);
}

std::string column_of(const Dataset& data) {
  return data.target_names.empty() ? "the target" : "column " + excerpt(data.target_names[0]);
}

// Replaces the labels by [rows x classes] zeros with a one at the row's class.
void one_hot(Dataset& data, std::int64_t classes) {
  const auto sparse = make_loss(SparseCategoricalCrossentropy{});
  Matrix targets(data.targets.rows, classes);
  for (std::int64_t r = 0; r < data.targets.rows; ++r) {
    const float label = *data.targets.row(r);
    if (const std::string problem = sparse->target_problem(label, classes); !problem.empty()) {
      const std::string remedy = has_target_0(data, 0) ? "" : sparse->target_remedy(label, classes);
      fail(ErrorKind::data, who,
           column_of(data) + " of row " + std::to_string(r + 1) + " of " + data.source + " is " + problem +
               (remedy.empty() ? "" : ": " + remedy));
    }
    targets.row(r)[static_cast<std::int64_t>(label)] = 1;
  }
  data.targets = targets.view();
  data.owners.push_back(targets.owner());
}

}  // namespace

TargetKind target_kind(const LossConfig& loss) { return make_loss(loss)->targets(); }

std::int64_t target_width(const LossConfig& loss, std::int64_t outputs) {
  return make_loss(loss)->target_width(outputs);
}

double class_threshold(const LossConfig& loss) { return make_loss(loss)->threshold(); }

void fit_targets(Dataset& data, const Model& model) {
  if (!model.compiled().outputs.empty()) return;  // one column or more for each of them
  const std::shared_ptr<const Loss> loss = loss_of(model);
  const std::string name = model.compiled().loss.op;
  const std::int64_t outputs = model.output_width();
  loss->check_outputs(outputs);
  if (data.targets.rows == 0 || data.targets.columns != 1) return;
  const std::int64_t count = std::ssize(data.classes);
  const auto refuse = [&](const std::string& reason) {
    fail(ErrorKind::usage, who,
         column_of(data) + " of " + data.source + " has " + counted(count, "class", "classes") + " (" +
             some_names(data.classes) + "), " + reason);
  };
  const TargetKind kind = loss->targets();
  if (count == 1 && kind != TargetKind::numbers) refuse("and nothing to tell apart; expected rows of a second class");
  switch (kind) {
    case TargetKind::numbers:
      if (count > 0) refuse(name + " takes numbers; expected a cross-entropy as the loss, or another target");
      return;
    case TargetKind::labels:
      if (count == 0 || loss->target_width(outputs) != 1) return;
      if (count != 2)
        refuse(name + " with one output unit takes two; expected " + std::to_string(count) +
               " softmax units and sparse_categorical_crossentropy, or another target");
      return;
    case TargetKind::classes:
      if (outputs < 2)
        fail(ErrorKind::usage, who,
             name +
                 " with 1 output unit, expected one unit a class, 2 or more; for two classes in one unit take "
                 "binary_crossentropy");
      if (count == 0)
        data.classes = numbered_classes(outputs);
      else if (count != outputs)
        refuse("the model has " + std::to_string(outputs) + " output units; expected one unit a class");
      if (loss->target_width(outputs) == outputs) one_hot(data, outputs);
      return;
  }
}

std::vector<double> class_weights(const std::map<std::string, double>& by_name, const Dataset& data,
                                  const Model& model) {
  const TargetKind kind = loss_of(model)->targets();
  if (kind == TargetKind::numbers) {
    fail(ErrorKind::usage, "class_weight",
         model.compiled().loss.op +
             " takes numbers, which have no classes; expected a cross-entropy as the loss, or weights of rows");
  }
  std::vector<std::string> names = data.classes;
  if (names.empty())
    names = numbered_classes(kind == TargetKind::classes ? model.output_width()
                                                         : std::max<std::int64_t>(2, data.targets.columns));
  for (const auto& [name, unused] : by_name) {
    if (!contains(names, name))
      fail(ErrorKind::usage, "class_weight", unknown_name("class", name, {names.begin(), names.end()}));
  }
  std::vector<double> weights;
  for (const std::string& name : names) {
    const auto at = by_name.find(name);
    weights.push_back(at == by_name.end() ? 1 : at->second);
  }
  return weights;
}

}  // namespace millrace
