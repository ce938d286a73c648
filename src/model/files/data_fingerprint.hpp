// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "millrace/data.hpp"
#include "prepare/preparation.hpp"

namespace millrace {

/// A hash of means and deviations.
[[nodiscard]] std::string fingerprint(const Preparation& preparation);
/// A hash (XXH3, 128 bits, as hex) of the rows of a set: features, targets and weights, in order.
[[nodiscard]] std::string fingerprint(const Dataset& data);

}  // namespace millrace
