// SPDX-License-Identifier: Apache-2.0
#include "millrace/curves.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/fail.hpp"
#include "base/text.hpp"

namespace millrace {

namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

}  // namespace

std::vector<CurvePoint> threshold_curve(std::span<const float> scores, std::span<const float> positive,
                                        std::span<const float> weights) {
  if (positive.size() != scores.size() || (!weights.empty() && weights.size() != scores.size())) {
    fail(ErrorKind::usage, "threshold_curve",
         std::to_string(positive.size()) + " labels and " + std::to_string(weights.size()) + " weights for " +
             std::to_string(scores.size()) + " scores, expected one for each");
  }
  if (const auto nan = std::ranges::find_if(scores, [](float score) { return std::isnan(score); });
      nan != scores.end()) {
    fail(ErrorKind::data, "threshold_curve",
         "the score of row " + std::to_string(nan - scores.begin() + 1) + " is nan, expected numbers");
  }
  if (const auto bad = std::ranges::find_if(weights, [](float weight) { return !(weight >= 0) || std::isinf(weight); });
      bad != weights.end()) {
    fail(ErrorKind::data, "threshold_curve",
         "the weight of row " + std::to_string(bad - weights.begin() + 1) + " is " + number_text(*bad) +
             ", expected a number of 0 or more");
  }
  std::vector<std::int64_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return scores[a] > scores[b]; });
  const auto weight = [&](std::int64_t row) { return weights.empty() ? 1.0 : double{weights[row]}; };
  double positives = 0, negatives = 0;
  for (std::int64_t r = 0; r < std::ssize(scores); ++r) (positive[r] > 0.5F ? positives : negatives) += weight(r);

  std::vector<CurvePoint> curve{{.threshold = std::numeric_limits<double>::infinity()}};
  double hits = 0, false_alarms = 0;
  for (std::int64_t i = 0; i < std::ssize(order); ++i) {
    const std::int64_t row = order[i];
    (positive[row] > 0.5F ? hits : false_alarms) += weight(row);
    if (i + 1 < std::ssize(order) && scores[order[i + 1]] == scores[row]) continue;
    curve.push_back({.threshold = double{scores[row]},
                     .true_positive_rate = ratio(hits, positives),
                     .false_positive_rate = ratio(false_alarms, negatives),
                     .precision = hits + false_alarms > 0 ? hits / (hits + false_alarms) : 1});
  }
  return curve;
}

std::vector<ClassScores> class_scores(const ConfusionMatrix& matrix) {
  std::vector<ClassScores> scores;
  const std::size_t classes = matrix.classes.size();
  for (std::size_t k = 0; k < classes; ++k) {
    double actual = 0, predicted = 0;
    for (std::size_t other = 0; other < classes; ++other) {
      actual += matrix.count(k, other);
      predicted += matrix.count(other, k);
    }
    const double hits = matrix.count(k, k);
    scores.push_back({.name = matrix.classes[k],
                      .precision = ratio(hits, predicted),
                      .recall = ratio(hits, actual),
                      .f1 = ratio(2 * hits, actual + predicted),
                      .rows = actual});
  }
  return scores;
}

}  // namespace millrace
