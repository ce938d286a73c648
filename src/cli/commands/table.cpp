// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/table.hpp"

#include <algorithm>

namespace millrace::cli {

// One line a command; each is defined in the file of its name.
Command train_command();
Command evaluate_command();
Command predict_command();
Command export_command();
Command inspect_command();
Command report_command();
Command compare_command();
Command replay_command();
Command schema_command();
Command verify_command();
Command completion_command();
Command manual_command();

std::span<const Command> command_table() {
  static const std::vector<Command> table{train_command(),   evaluate_command(),   predict_command(),
                                          export_command(),  inspect_command(),    report_command(),
                                          compare_command(), replay_command(),     schema_command(),
                                          verify_command(),  completion_command(), manual_command()};
  return table;
}

const Command& command_named(std::string_view name) {
  return *std::ranges::find(command_table(), name, &Command::name);
}

}  // namespace millrace::cli
