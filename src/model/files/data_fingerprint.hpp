// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "millrace/data.hpp"
#include "prepare/preparation.hpp"

namespace millrace {

/// A checksum over means and deviations.
[[nodiscard]] std::string fingerprint(const Preparation& preparation);
/// A checksum (XXH3-128, 32 hexadecimal digits) over the rows of a data set in order: features, targets, weights,
/// folds.
[[nodiscard]] std::string fingerprint(const Dataset& data);

}  // namespace millrace
