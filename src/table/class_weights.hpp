// SPDX-License-Identifier: Apache-2.0
//
// Weights of rows by their classes. The class of a row is its target (0, 1, 2, ...) if there is one target column, else
// the index of the column with the 1.
#pragma once

#include <vector>

#include "millrace/data.hpp"

namespace millrace {

/// The weight of each table row in the loss: its own weight, or 1, times that of its class. Throws Error{usage} if a
/// target is not a class or its class has no weight.
[[nodiscard]] std::vector<float> class_weighted_rows(const Dataset& data, const std::vector<double>& class_weight);

/// rows / (classes * rows of the class), counting each row as often as its weight says, and only classes with rows; a
/// class without rows gets 1. scikit-learn's "balanced": King, Zeng, "Logistic regression in rare events data", 2001.
[[nodiscard]] std::vector<double> balanced_class_weight(const Dataset& data);

}  // namespace millrace
