// SPDX-License-Identifier: Apache-2.0
//
// Usage:
//   const CommandLine line = read_command_line({argv + 1, argv + argc}, commands);
//   line.command != nullptr ? line.command->run(line.settings) : print(line.text);
//
// The door to CLI11: turns words into a command and its settings.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/settings/command.hpp"

namespace millrace::cli {

struct CommandLine {
  const Command* command = nullptr;  ///< null if the words ask for help or the version
  Settings settings;
  std::string text;  ///< the help text or the version
};

/// Throws Error{usage} for unknown commands and flags, with the most similar known one, and for flags that contradict each
/// other.
[[nodiscard]] CommandLine read_command_line(const std::vector<std::string>& words, std::span<const Command> commands);

}  // namespace millrace::cli
