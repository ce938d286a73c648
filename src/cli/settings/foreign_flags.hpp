// SPDX-License-Identifier: Apache-2.0
//
// Flags as users of other programs know them.
#pragma once

#include <string>
#include <string_view>

#include "cli/settings/command.hpp"

namespace millrace::cli {

/// What this command has for a flag of other programs, as one would type it: "--early-stopping.patience 10" for
/// "patience". Empty: nothing is known.
[[nodiscard]] std::string own_flag(const Command& command, std::string_view foreign);

}  // namespace millrace::cli
