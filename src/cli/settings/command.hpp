// SPDX-License-Identifier: Apache-2.0
//
// What a command is: its words, and what it does with them. One file and one line in main.cpp's table a command.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/settings/settings.hpp"

namespace millrace::cli {

/// --name VALUE, and the key `name` of a configuration file.
struct Flag {
  std::string_view name;   ///< "learning-rate"
  std::string_view value;  ///< how help calls the value: "FILE"; empty: a switch
  std::string_view group;  ///< the heading it stands under in help
  std::string_view help;
  std::string_view key = name;  ///< the setting it fills: "optimizer.learning_rate"
};

struct Command {
  std::string_view name, summary;
  std::string_view argument;  ///< the one word that is no flag: "MODEL.onnx"; empty: none
  std::vector<Flag> flags;
  std::vector<std::string_view> ops;  ///< flags that name an operation, whose options are dotted: --optimizer.momentum
  std::string (*notes)();             ///< what help says after the flags
  void (*run)(const Settings& settings);   ///< throws Error
  std::vector<std::string_view> tables{};  ///< keys of a configuration file that no flag has: [inputs.wide]
};

[[nodiscard]] Command train_command();
[[nodiscard]] Command evaluate_command();
[[nodiscard]] Command predict_command();
[[nodiscard]] Command export_command();
[[nodiscard]] Command inspect_command();
[[nodiscard]] Command schema_command();

}  // namespace millrace::cli
