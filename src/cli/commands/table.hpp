// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "cli/settings/command.hpp"

namespace millrace::cli {

/// Every command, in the order of the help text.
[[nodiscard]] std::span<const Command> command_table();

}  // namespace millrace::cli
