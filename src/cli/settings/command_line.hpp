// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const CommandLine line = read_command_line({argv + 1, argv + argc}, commands);
//   line.command != nullptr ? line.command->run(line.settings) : print(line.text);
//
// The door to CLI11: words to a command and its settings.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/settings/command.hpp"

namespace millrace::cli {

struct CommandLine {
  const Command* command = nullptr;  ///< null where help or the version was asked for
  Settings settings;
  std::string text;  ///< which is this
};

/// Throws Error{usage} for words that no command knows, naming the nearest that one does.
[[nodiscard]] CommandLine read_command_line(const std::vector<std::string>& words, std::span<const Command> commands);

}  // namespace millrace::cli
