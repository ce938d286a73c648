// SPDX-License-Identifier: Apache-2.0
//
// Weights of rows, and of the classes they belong to. The class of a row is its target where that is one column (0, 1,
// 2 ..), else the column that holds its 1.
#pragma once

#include <vector>

#include "millrace/data.hpp"

namespace millrace {

/// What each row weighs in the loss, by table row: its own weight, or 1, times that of its class. Throws Error{usage}
/// where a target is no class or has no weight.
[[nodiscard]] std::vector<float> class_weighted_rows(const Dataset& data, const std::vector<double>& class_weight);

/// rows / (classes * rows of the class), over the classes that the data have; 1 for one that has no rows.
/// scikit-learn's "balanced": King, Zeng, "Logistic regression in rare events data", 2001.
[[nodiscard]] std::vector<double> balanced_class_weight(const Dataset& data);

}  // namespace millrace
