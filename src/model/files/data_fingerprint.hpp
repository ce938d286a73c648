// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "millrace/data.hpp"
#include "millrace/model.hpp"
#include "prepare/preparation.hpp"

namespace millrace {

/// A checksum over means and deviations.
[[nodiscard]] std::string fingerprint(const Preparation& preparation);
/// A checksum (XXH3-128, 32 hexadecimal digits) over the rows of a data set in order: features, targets, weights,
/// folds.
[[nodiscard]] std::string fingerprint(const Dataset& data);
/// A checksum over what a run begins with: names, shapes and weights of the parameters of `start` and, unless the path is
/// empty, the optimizer's state in the checkpoint `optimizer_state`. Throws Error{data} for a file that is none.
[[nodiscard]] std::string fingerprint(const Model& start, const std::string& optimizer_state);

}  // namespace millrace
