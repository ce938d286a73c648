// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/settings/command.hpp"

namespace millrace::cli {

/// The settings as a configuration file (config_file.hpp), without those that say what to do with an earlier run or how
/// to show this one. Values that are no UTF-8 cannot stand in TOML; a comment names their keys.
[[nodiscard]] std::string config_text(const Settings& settings, const Command& command);

}  // namespace millrace::cli
