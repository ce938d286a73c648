// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/settings/command.hpp"

namespace millrace::cli {

/// The settings as a configuration file (config_file.hpp), without those that say what to do with an earlier run or how
/// to show this one, and without what was changed under way. Values that are no UTF-8 cannot stand in TOML; a comment
/// names their keys.
[[nodiscard]] std::string config_text(const Settings& settings, const Command& command);
/// The lines of changes_key, which stand ahead of the settings; empty if nothing was changed under way.
[[nodiscard]] std::string changes_text(const std::vector<std::string>& changes);

}  // namespace millrace::cli
