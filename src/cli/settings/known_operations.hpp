// SPDX-License-Identifier: Apache-2.0
//
// What the tables of operations hold, for flags and help texts.
#pragma once

#include <string_view>
#include <vector>

#include "cli/settings/command.hpp"

namespace millrace::cli {

/// The operations of one kind, and every option that one of them has.
struct KnownOperations {
  std::vector<std::string_view> names;
  std::vector<OptionInfo> options;
};
[[nodiscard]] KnownOperations known_layers();  ///< activations are among the names: "25:relu"
[[nodiscard]] KnownOperations known_losses();
[[nodiscard]] KnownOperations known_metrics();
[[nodiscard]] KnownOperations known_optimizers();
[[nodiscard]] KnownOperations known_schedules();

/// Every operation with its options and their defaults.
[[nodiscard]] std::vector<HelpSection> operations_help();

}  // namespace millrace::cli
