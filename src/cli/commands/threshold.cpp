// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/threshold.hpp"

#include <string>

#include "base/fail.hpp"
#include "base/text.hpp"
#include "millrace/targets.hpp"

namespace millrace::cli {

void check_threshold(std::string_view who, double threshold, const Model& model) {
  const auto refuse = [&](const std::string& reason) {
    fail(ErrorKind::usage, who,
         "--threshold for a model " + reason +
             ", expected a model whose single output tells two classes apart, or no "
             "--threshold");
  };
  const LossConfig loss = model.compiled().loss;
  if (model.outputs().size() > 1) refuse("with several outputs");
  if (loss.op.empty()) refuse("without a loss");
  const TargetKind kind = target_kind(loss);
  if (kind == TargetKind::numbers) refuse("that predicts numbers, with the loss " + loss.op);
  if (kind == TargetKind::classes && model.output_width() > 1)
    refuse("with " + std::to_string(model.output_width()) + " outputs, of which the largest is the answer");
  const bool probabilities = class_threshold(loss) > 0;  // that of logits and margins is 0
  if (probabilities && (threshold < 0 || threshold > 1))
    fail(ErrorKind::usage, who,
         "--threshold is " + number_text(threshold) +
             ", and the scores of the model are probabilities, expected a number from 0 to 1");
}

void count_answers(Model& model) {
  const LossConfig loss = model.compiled().loss;
  if (loss.op.empty() || model.outputs().size() > 1) return;
  const TargetKind kind = target_kind(loss);
  const bool decides = kind == TargetKind::labels || (kind == TargetKind::classes && model.output_width() == 1);
  constexpr double of_metrics = 0.5;
  if (decides && model.threshold() != of_metrics) model.set_threshold(model.threshold());
}

}  // namespace millrace::cli
