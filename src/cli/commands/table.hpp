// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "cli/settings/command.hpp"

namespace millrace::cli {

/// Every command, in the order of the help text.
[[nodiscard]] std::span<const Command> command_table();
/// The command of this name, which is one of the table.
[[nodiscard]] const Command& command_named(std::string_view name);

}  // namespace millrace::cli
