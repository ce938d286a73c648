// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const ConfusionMatrix matrix = model.confusion(test);
//   double missed = matrix.count(1, 0);   // rows of class 1 that were predicted as class 0
#pragma once

#include <string>
#include <vector>

namespace millrace {

/// Counts of rows by actual and predicted class; if rows have weights, sums of their weights.
struct ConfusionMatrix {
  std::vector<std::string> classes;  ///< names in index order; "0", "1", ... if the model's classes have no names
  std::vector<double> counts;        ///< [actual class x predicted class]

  /// Throws Error{usage} for an index that no class has.
  [[nodiscard]] double count(std::size_t actual, std::size_t predicted) const;
};

}  // namespace millrace
