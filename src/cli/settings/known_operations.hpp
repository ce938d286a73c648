// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace millrace::cli {

/// Every layer, activation, initializer, loss, optimizer, schedule and metric with its options and their defaults, for
/// help: read from the tables of the operations.
[[nodiscard]] std::string known_operations();

}  // namespace millrace::cli
