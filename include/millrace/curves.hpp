// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const Matrix scores = model.predict(test);
//   for (const CurvePoint& point : threshold_curve(scores.values(), labels))
//     std::cout << point.false_positive_rate << "," << point.true_positive_rate << "\n";   // the ROC curve
//
// What a classifier does at every threshold.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "millrace/confusion.hpp"

namespace millrace {

/// Rows are predicted positive if their score is at least `threshold`. ROC: true against false positive rate;
/// precision-recall: precision against true positive rate, which is the recall.
struct CurvePoint {
  double threshold = 0;            ///< infinity at the first point, where no row is predicted positive
  double true_positive_rate = 0;   ///< positive rows predicted positive / positive rows; 0 without positive rows
  double false_positive_rate = 0;  ///< the same for negative rows
  double precision = 1;            ///< positive rows among those predicted positive; 1 if there are none
};

/// One point for each distinct score, from the highest down. `positive`: 1 or 0 for each score. `weights`: of the rows,
/// or empty. Throws Error{usage} for another number of labels or weights, Error{data} if a score is NaN, or a
/// weight is not a number of 0 or more.
[[nodiscard]] std::vector<CurvePoint> threshold_curve(std::span<const float> scores, std::span<const float> positive,
                                                      std::span<const float> weights = {});

/// How well the rows of one class are told from all others.
struct ClassScores {
  std::string name;
  double precision = 0, recall = 0, f1 = 0;  ///< 0 where there is nothing to divide by, as scikit-learn has it
  double rows = 0;                           ///< rows of the class, or the sum of their weights
};
[[nodiscard]] std::vector<ClassScores> class_scores(const ConfusionMatrix& matrix);

}  // namespace millrace
