// SPDX-License-Identifier: Apache-2.0
#include "report/measure/answers.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "millrace/targets.hpp"

namespace millrace::report {

Answers answers_of(const Model& model, const Dataset& data, int threads) {
  const CompileOptions compiled = model.compiled();
  Answers answers{.scores = model.predict(data, threads), .weights = {}};
  const std::int64_t rows = data.rows(), outputs = answers.scores.columns();
  for (std::int64_t r = 0; r < rows && !data.weights.empty(); ++r)
    answers.weights.push_back(double{data.weights[data.table_row(r)]});
  for (std::int64_t r = 0; r < rows; ++r) answers.not_finite += answers.is_finite(r) ? 0 : 1;
  if (!compiled.outputs.empty()) return answers;
  answers.answer = answer_of(compiled.loss, outputs, model.classes(), model.target_names());
  answers.are_numbers = target_kind(compiled.loss) == TargetKind::numbers;
  if (!answers.answer.is_class()) return answers;
  const bool either = answers.answer.kind == Answer::Kind::either;
  if (either) answers.answer.threshold = static_cast<float>(model.threshold());
  for (std::int64_t r = 0; r < rows; ++r) {
    answers.actual.push_back(actual_class(data.targets, data.table_row(r), either));
    answers.predicted.push_back(answers.answer.class_of(answers.scores.row(r)));
  }
  return answers;
}

bool are_probabilities(const Answers& answers) {
  if (answers.answer.kind == Answer::Kind::either && answers.scores.rows() > 0) {
    const std::span<const float> scores = answers.scores.values();
    return std::all_of(scores.begin(), scores.end(), [](float score) { return !(score < 0 || score > 1); });
  }
  constexpr float tolerance = 1e-3F;
  for (std::int64_t r = 0; r < answers.scores.rows(); ++r) {
    if (!answers.is_finite(r)) continue;
    float sum = 0;
    for (std::int64_t k = 0; k < answers.scores.columns(); ++k) {
      if (answers.scores.row(r)[k] < 0) return false;
      sum += answers.scores.row(r)[k];
    }
    if (std::abs(sum - 1) > tolerance) return false;
  }
  return true;
}

ConfusionMatrix confusion_of(const Answers& answers) {
  const std::size_t classes = answers.answer.classes.size();
  ConfusionMatrix matrix{answers.answer.classes, std::vector<double>(classes * classes)};
  for (std::int64_t r = 0; r < std::ssize(answers.actual); ++r)
    matrix.counts[answers.actual[r] * classes + answers.predicted[r]] += answers.weight(r);
  return matrix;
}

}  // namespace millrace::report
