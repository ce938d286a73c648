// SPDX-License-Identifier: Apache-2.0
//
// A configuration file in TOML, whose keys are a command's flags:
//   data = "digits.csv"
//   layers = ["64:relu", { op = "dense", units = 10, activation = "softmax" }]
//   optimizer = "adam"                  # or [optimizer] with name = "sgd", momentum = 0.9
// A network that is no sequence says what its layers take:
//   [inputs.wide]                       # columns by name, or first = 0, count = 12; inputs stand in order of name
//   columns = ["age", "income"]
//   [[layers]]
//   name = "deep"
//   op = "dense"
//   units = 64
//   activation = { op = "leaky_relu", alpha = 0.1 }
//   inputs = ["wide"]
#pragma once

#include <string>

#include "cli/settings/command.hpp"

namespace millrace::cli {

/// Throws Error{usage} naming file, line and column: text that is not TOML, a key that is no flag of the command.
[[nodiscard]] Settings read_config_file(const std::string& path, const Command& command);

}  // namespace millrace::cli
