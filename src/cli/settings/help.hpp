// SPDX-License-Identifier: Apache-2.0
//
// Help texts, made from the flags of the commands.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/settings/command.hpp"

namespace millrace::cli {

inline constexpr std::string_view program_summary = "Trains neural networks on multicore CPUs and exports them to ONNX";

[[nodiscard]] std::string program_help(std::span<const Command> commands);
[[nodiscard]] std::string command_help(const Command& command);

/// "millrace predict MODEL.onnx [FLAGS]"
[[nodiscard]] std::string usage_line(const Command& command);
/// "--data FILE"
[[nodiscard]] std::string flag_text(const Flag& flag);
/// The headings of a command's flags, in order.
[[nodiscard]] std::vector<std::string> flag_groups(const Command& command);

/// What each exit code means, in order: {"0", "success"}, ...
struct ExitCode {
  std::string_view code, meaning;
};
[[nodiscard]] std::span<const ExitCode> exit_codes();

}  // namespace millrace::cli
