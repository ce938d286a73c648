// SPDX-License-Identifier: Apache-2.0
//
// A configuration file in TOML, whose keys are a command's flags:
//   data = "digits.csv"
//   layers = ["64:relu", { op = "dense", units = 10, activation = "softmax" }]
//   optimizer = { op = "sgd", momentum = 0.9 }      # the same as "sgd:momentum=0.9", or as a table [optimizer]
// In a network that is not sequential, layers name their inputs:
//   [inputs.wide]                       # columns by name, or first = 0, count = 12; inputs are sorted by name
//   columns = ["age", "income"]
//   [[layers]]
//   name = "deep"
//   op = "dense"
//   units = 64
//   activation = { op = "leaky_relu", alpha = 0.1 }
//   inputs = ["wide"]
// Each of several outputs has a table with its name:
//   [outputs.price]
//   target = "price"                    # or an array of columns; without one, the layer is an output and nothing trains it
//   loss = { op = "huber", delta = 2 }  # or a text
//   weight = 0.5
//   metrics = ["mean_absolute_error"]
// The run.toml of a run that was changed under way has one key that is no flag:
//   changes = ["after epoch 2: seed (1 before, 5 from then on)"]
#pragma once

#include <string>
#include <string_view>

#include "cli/settings/command.hpp"

namespace millrace::cli {

inline constexpr std::string_view changes_key = "changes";

/// Throws Error{usage} with file, line and column for text that is not TOML and for keys that are not flags.
[[nodiscard]] Settings read_config_file(const std::string& path, const Command& command);

}  // namespace millrace::cli
