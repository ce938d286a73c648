// SPDX-License-Identifier: Apache-2.0
//
// Names, options and descriptions of the operations, for flags and help texts.
#pragma once

#include <string_view>
#include <vector>

#include "cli/settings/command.hpp"

namespace millrace::cli {

/// The names of the operations of one kind, and every option that one of them has.
struct KnownOperations {
  std::vector<std::string_view> names;
  std::vector<OperationOption> options;
};
/// Layers have the names of activations too, for "25:relu".
[[nodiscard]] KnownOperations known_operations(OperationKind kind);

/// Every operation with its options and their defaults.
[[nodiscard]] std::vector<HelpSection> operations_help();

}  // namespace millrace::cli
