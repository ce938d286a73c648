// SPDX-License-Identifier: Apache-2.0
//
// Settings that contradict each other, and settings that need another one. Each command lists its rules as data
// (Command::rules), and one function checks them, before anything is read.
#pragma once

#include "cli/settings/command.hpp"

namespace millrace::cli {

/// Throws Error{usage} for the first rule of the command that the settings break, with the place in the configuration
/// file of the setting that is one too many.
void check_flag_rules(const Settings& settings, const Command& command);

}  // namespace millrace::cli
