// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   Dataset data = read_csv("animals.csv", {.target = {"species"}});   // data.classes: cat, dog, eel
//   Model model{Dense{.units = 3, .activation = "softmax"}};
//   model.build(data).compile({.loss = CategoricalCrossentropy{}});
//   fit_targets(data, model);                                          // 0, 1, 2 become a column for each class
//   model.fit(data, {.class_weight = class_weights({{"eel", 2}}, data, model)});
//
// A table has one column of labels. A loss takes them as indices, as one column for each class, or as 0 and 1.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "millrace/config.hpp"
#include "millrace/data.hpp"
#include "millrace/losses.hpp"
#include "millrace/model.hpp"

namespace millrace {

/// The targets that the loss takes. Throws Error{usage} for an unknown loss or option.
[[nodiscard]] TargetKind target_kind(const LossConfig& loss);
/// Number of target columns that the loss takes for `outputs` output units. Throws as target_kind().
[[nodiscard]] std::int64_t target_width(const LossConfig& loss, std::int64_t outputs);
/// An output above this number means class 1, or yes. It is 0 for logits and margins, 0.5 for probabilities. Throws
/// as target_kind().
[[nodiscard]] double class_threshold(const LossConfig& loss);

/// Turns a single target column into the targets that the loss of `model` takes, and names the classes of numeric
/// labels "0", "1", ... Leaves a set without targets or with several target columns as it is. `model` must be built and
/// compiled.
/// Throws Error{usage} if the classes, the loss and the number of output units do not fit together, Error{data} for a
/// label that is not a class.
void fit_targets(Dataset& data, const Model& model);

/// FitOptions::class_weight from weights by class name; classes that `by_name` does not have weigh 1. Classes without
/// names are called "0", "1", ...
/// Throws Error{usage} for a name that is not a class of `data`, and if the loss of `model` takes numbers.
[[nodiscard]] std::vector<double> class_weights(const std::map<std::string, double>& by_name, const Dataset& data,
                                                const Model& model);

}  // namespace millrace
