// SPDX-License-Identifier: Apache-2.0
//
// Classes: counts by class, the curves of two classes, and whether probabilities can be believed.
#include <algorithm>
#include <cmath>
#include <optional>

#include "report/measure/answers.hpp"
#include "report/measure/rows.hpp"

namespace millrace::report {

namespace {

// One score a row: larger means the second class.
struct TwoClasses {
  std::vector<float> scores, positive, weights;
  double threshold = 0.5;
};

TwoClasses two_classes(const Answers& answers, bool probabilities) {
  const bool either = answers.answer.kind == Answer::Kind::either;
  TwoClasses two{.threshold = either ? double{answers.answer.threshold} : probabilities ? 0.5 : 0.0};
  for (std::int64_t r = 0; r < answers.scores.rows(); ++r) {
    if (!answers.is_finite(r)) continue;
    const float* const scores = answers.scores.row(r);
    two.scores.push_back(either || probabilities ? scores[either ? 0 : 1] : scores[1] - scores[0]);
    two.positive.push_back(answers.actual[r] == 1 ? 1.0F : 0.0F);
    two.weights.push_back(static_cast<float>(answers.weight(r)));
  }
  return two;
}

// Points of equal distance along the ROC curve, the first and the last one, and the one at the threshold.
std::vector<CurvePoint> thinned_curve(const std::vector<CurvePoint>& curve, std::size_t keep) {
  constexpr double most = 200, whole_length = 2;
  if (std::ssize(curve) <= static_cast<std::int64_t>(most)) return curve;
  std::vector<CurvePoint> kept;
  double next = 0;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const double length = curve[i].true_positive_rate + curve[i].false_positive_rate;
    if (length < next && i != keep && i + 1 != curve.size()) continue;
    kept.push_back(curve[i]);
    next = length + whole_length / most;
  }
  return kept;
}

BinaryAnswers binary_of(const Answers& answers, const TwoClasses& two) {
  const std::vector<CurvePoint> curve = threshold_curve(two.scores, two.positive, two.weights);
  BinaryAnswers binary{.negative = answers.answer.classes[0],
                       .positive = answers.answer.classes[1],
                       .threshold = two.threshold,
                       .curve = {}};
  for (std::size_t r = 0; r < two.scores.size(); ++r)
    (two.positive[r] > 0 ? binary.positives : binary.negatives) += double{two.weights[r]};
  std::size_t chosen = 0;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    const CurvePoint &before = curve[i - 1], &point = curve[i];
    binary.roc_auc += (point.false_positive_rate - before.false_positive_rate) *
                      (point.true_positive_rate + before.true_positive_rate) / 2;
    binary.average_precision += (point.true_positive_rate - before.true_positive_rate) * point.precision;
    if (point.threshold > two.threshold) chosen = i;
  }
  binary.curve = thinned_curve(curve, chosen);
  const auto at = std::ranges::find(binary.curve, curve[chosen].threshold, &CurvePoint::threshold);
  binary.chosen = static_cast<std::size_t>(at - binary.curve.begin());
  return binary;
}

// Ten bins of the probability of the second class, or, of more classes, of the one that was chosen.
void calibrate(const Answers& answers, RowsReport& report) {
  constexpr std::int64_t bins = 10;
  const bool either = answers.answer.kind == Answer::Kind::either;
  const bool two = answers.answer.classes.size() == 2;
  std::vector<CalibrationBin> found(bins);
  double all = 0;
  for (std::int64_t r = 0; r < answers.scores.rows(); ++r) {
    if (!answers.is_finite(r)) continue;
    const float* const scores = answers.scores.row(r);
    const double score = double{either ? scores[0] : scores[two ? 1 : answers.predicted[r]]};
    const bool positive = two ? answers.actual[r] == 1 : answers.actual[r] == answers.predicted[r];
    CalibrationBin& bin = found[std::clamp<std::int64_t>(static_cast<std::int64_t>(score * bins), 0, bins - 1)];
    const double weight = answers.weight(r);
    bin.rows += weight;
    bin.mean_score += weight * score;
    bin.positive_share += positive ? weight : 0;
    all += weight;
  }
  for (CalibrationBin& bin : found) {
    if (bin.rows <= 0) continue;
    bin.mean_score /= bin.rows;
    bin.positive_share /= bin.rows;
    report.calibration_error += bin.rows / all * std::abs(bin.mean_score - bin.positive_share);
    report.calibration.push_back(bin);
  }
}

}  // namespace

void measure_classes(const Answers& answers, RowsReport& report) {
  report.confusion = confusion_of(answers);
  report.classes = class_scores(*report.confusion);
  const bool probabilities = are_probabilities(answers);
  if (answers.answer.classes.size() == 2) {
    const TwoClasses two = two_classes(answers, probabilities);
    const auto positives = std::ranges::count(two.positive, 1.0F);
    if (positives > 0 && positives < std::ssize(two.positive))
      report.binary = binary_of(answers, two);
    else if (!two.scores.empty())
      report.notes.push_back("all of these rows are of the class " + answers.answer.classes[positives > 0 ? 1 : 0] +
                             ", and curves need rows of both");
  }
  if (probabilities) calibrate(answers, report);
}

}  // namespace millrace::report
