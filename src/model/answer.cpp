// SPDX-License-Identifier: Apache-2.0
#include "model/answer.hpp"

#include "ops/losses/loss.hpp"
#include "table/target.hpp"
#include "table/target_class.hpp"

namespace millrace {

std::int64_t actual_class(const MatrixView& targets, std::int64_t row, bool either) {
  const float* const target = targets.row(row);
  if (either) return target[0] > 0.5F ? 1 : 0;
  return class_of_targets(target, targets.columns);
}

Answer answer_of(const LossConfig& loss, std::int64_t outputs, const std::vector<std::string>& classes,
                 const std::vector<std::string>& targets) {
  Answer answer;
  const TargetKind kind = loss.op.empty() ? TargetKind::numbers : make_loss(loss)->targets();
  if (kind == TargetKind::numbers) {
    if (outputs == 1) answer.kind = Answer::Kind::value;
  } else if (outputs == 1) {
    answer.kind = Answer::Kind::either;
    answer.classes = std::ssize(classes) == 2 ? classes : numbered_classes(2);
    answer.threshold = static_cast<float>(make_loss(loss)->threshold());
  } else if (kind == TargetKind::classes) {
    answer.kind = Answer::Kind::largest;
    answer.classes = std::ssize(classes) == outputs   ? classes
                     : std::ssize(targets) == outputs ? targets
                                                      : numbered_classes(outputs);
  }
  return answer;
}

std::vector<OutputAnswer> answers_of(const CompileOptions& compiled, const std::vector<ModelOutput>& outputs,
                                     const std::vector<std::vector<std::string>>& target_classes) {
  std::vector<OutputAnswer> answers;
  std::int64_t column = 0;  // of the targets
  for (const ModelOutput& output : outputs) {
    Answer& answer = answers.emplace_back(OutputAnswer{output, {}}).answer;
    const auto own = std::ranges::find(compiled.outputs, output.name, &OutputOptions::output);
    if (own == compiled.outputs.end() || own->loss.op.empty()) continue;
    const bool named = column < std::ssize(target_classes);
    answer = answer_of(own->loss, output.width,
                       named ? target_classes[static_cast<std::size_t>(column)] : std::vector<std::string>(), {});
    column += make_loss(own->loss)->target_width(output.width);
  }
  return answers;
}

}  // namespace millrace
