// SPDX-License-Identifier: Apache-2.0
//
// One label column for every loss: a table says "cat" or 3, a loss takes an index, a column a class, or 0 and 1.
#pragma once

#include <cstdint>

#include "millrace/data.hpp"
#include "ops/losses/loss.hpp"

namespace millrace::cli {

/// Turns a single target column into what a model of `outputs` units takes with this loss, and names the classes of
/// numeric labels: "0", "1", ... Sets of several target columns stay as they are.
/// Throws Error{usage} where labels, loss and units do not fit, Error{data} for a label that is no class.
void fit_targets(Dataset& data, const Loss& loss, const std::string& loss_name, std::int64_t outputs);

/// Weights by index of the class, 1 for those that `given` does not name. Throws Error{usage} for a name that is no
/// class of the data, and where the loss knows no classes.
[[nodiscard]] std::vector<double> class_weights(const std::map<std::string, double>& given, const Dataset& data,
                                                const Loss& loss, const std::string& loss_name);

}  // namespace millrace::cli
