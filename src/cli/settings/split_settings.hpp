// SPDX-License-Identifier: Apache-2.0
//
// Which rows are held out: --validation, --split, --group and --time.
#pragma once

#include <vector>

#include "cli/settings/config.hpp"
#include "millrace/split.hpp"

namespace millrace::cli {

[[nodiscard]] std::vector<Flag> split_flags();

/// Fills what the configuration says of the split; its data, semantics and `default_training` are set already. Throws
/// Error{usage} for settings that contradict each other.
void read_split(const Settings& settings, TrainConfig& config);

/// How the rows of a run are split, without the column of classes.
[[nodiscard]] SplitOptions split_options(const TrainConfig& config);

/// Whether rows are held out.
[[nodiscard]] bool validates(const TrainConfig& config);

}  // namespace millrace::cli
